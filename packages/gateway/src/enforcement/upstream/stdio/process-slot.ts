import {
  type ClientCapabilities,
  Failure,
  type ServerDescription,
  type ServerReply,
} from '@bailiff/contract';
import { CallDialogue } from '../call-dialogue.ts';
import type { TransportEvents, UpstreamLimits, UpstreamRequest } from '../upstream.ts';
import { untilAborted } from '../wait.ts';
import { Announcements, type Listener } from './announcements.ts';
import { CallsUnderWay, type Owner } from './calls-under-way.ts';
import type { ChildCommand } from './child-process.ts';
import { greet, type WantedEra } from './greeting.ts';
import type { ProcessGuard } from './process-guard.ts';
import { ENDLESS_MS, type Said, ServerProcess } from './server-process.ts';

export interface SlotOptions {
  readonly owner: Owner;
  readonly capabilities: ClientCapabilities;
  readonly command: ChildCommand;
  readonly limits: UpstreamLimits;
  readonly guard: ProcessGuard;
  readonly events: TransportEvents;
  /** Whether the server is asked here for what all conversations hear: changes of lists. */
  readonly wantsLists: boolean;
  readonly listeners: ReadonlyMap<symbol, Listener>;
  /** @throws Failure `upstream_unavailable` while it may not be started. */
  admit(): void;
  era(): WantedEra;
  greeted(description: ServerDescription): void;
  /** The process ended by itself. */
  failed(end: ProcessEnd): void;
}

export interface ProcessEnd {
  readonly ranMs: number;
  /** What it was doing: being asked for its era, being greeted otherwise, or working. */
  readonly during: 'probe' | 'greeting' | 'work';
}

interface Running {
  readonly process: ServerProcess;
  /** Resolves once the handshake is done. */
  readonly ready: Promise<ServerDescription>;
  description: ServerDescription | undefined;
  isProbed: boolean;
  endedOfProbe: boolean;
}

/** One place for a process of a server: started when it is needed, and again when it is needed after it ended. */
export class ProcessSlot {
  readonly calls: CallsUnderWay;
  readonly announcements: Announcements;
  readonly #options: SlotOptions;
  #running: Running | undefined;
  #uses = 0;

  constructor(options: SlotOptions) {
    this.#options = options;
    const { owner, limits, wantsLists, listeners, events } = options;
    this.calls = new CallsUnderWay(owner, events.log);
    this.announcements = new Announcements({ owner, timeoutMs: limits.listTimeoutMs, wantsLists, listeners });
  }

  /** Whether anybody waits for the process, for its start included. */
  get isBusy(): boolean {
    return this.#uses > 0;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  async describe(signal: AbortSignal): Promise<ServerDescription> {
    return (await this.#ready(signal)).description;
  }

  /** `expected`: what the server was when the bytes were made for it. */
  exchange(
    request: UpstreamRequest,
    { expected }: { readonly expected: ServerDescription | undefined },
    signal: AbortSignal,
  ): Promise<ServerReply> {
    return this.#use(() => this.#exchange(request, expected, signal));
  }

  /** Has the server announce what is wanted of it, if that is anything. @throws Failure `upstream_*`. */
  async sync(signal: AbortSignal): Promise<void> {
    if (this.#running === undefined && !this.announcements.isWanted) return;
    await this.#use(async () => {
      const { process, description } = await this.#ready(signal);
      await untilAborted(this.announcements.sync(process, description), signal);
    });
  }

  /** Ends the process, if one runs. A later call starts another. */
  async end(because: string): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.process.end(because);
  }

  async #use<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#uses += 1;
    try {
      return await work();
    } finally {
      this.#uses -= 1;
    }
  }

  async #exchange(
    { id, bytes, timeoutMs, channel, conversation }: UpstreamRequest,
    expected: ServerDescription | undefined,
    signal: AbortSignal,
  ): Promise<ServerReply> {
    const { process, description } = await this.#ready(signal);
    // What was made for one era must not be read in the other.
    if (expected !== undefined && description.era !== expected.era)
      throw new Failure('upstream_unavailable', 'The server changed how it is spoken to; try again.');
    if (conversation === undefined) return process.ask({ id, bytes }, { timeoutMs }, signal);
    const tell = (message: Uint8Array) => process.write(inOneLine(message));
    const { log } = this.#options.events;
    const request = { id, channel, timeoutMs };
    using dialogue = new CallDialogue({ request, tell, announced: () => undefined, log }, signal);
    using _call = this.calls.begin(id, { dialogue, channel });
    // The dialogue bounds the time: it stands still while a question is out. Awaited, else it would be over at once.
    return await process.ask({ id, bytes }, { timeoutMs: ENDLESS_MS }, dialogue.signal);
  }

  /** The process and what it is. One that ended of the question for its era is started again without. */
  async #ready(signal: AbortSignal) {
    const running = this.#started();
    const whenReady = async ({ process, ready }: Running) => ({
      process,
      description: await untilAborted(ready, signal),
    });
    try {
      return await whenReady(running);
    } catch (failure) {
      if (!running.endedOfProbe || signal.aborted) throw failure;
      return whenReady(this.#started());
    }
  }

  #started(): Running {
    if (this.#running !== undefined) return this.#running;
    this.#options.admit();
    const running = this.#start();
    this.#running = running;
    // Whoever waits hears of it; if nobody does, the process was reported when it ended.
    running.ready.catch(() => undefined);
    return running;
  }

  #start(): Running {
    const { command, limits, guard, events } = this.#options;
    const { promise: ready, resolve, reject } = Promise.withResolvers<ServerDescription>();
    const process = new ServerProcess({
      command,
      resultBytesMax: limits.resultBytesMax,
      guard,
      log: events.log,
      said: (message) => this.#said(running, message),
      ended: (how) => this.#ended(running, how),
    });
    const running: Running = { process, ready, description: undefined, isProbed: false, endedOfProbe: false };
    this.#greet(running).then(resolve, reject);
    return running;
  }

  async #greet(running: Running): Promise<ServerDescription> {
    const { limits, capabilities, era, greeted, events } = this.#options;
    const { process } = running;
    try {
      const description = await greet(process, {
        era: era(),
        capabilities,
        timeoutMs: limits.startTimeoutMs,
        onProbe: (isOver) => {
          running.isProbed = !isOver;
        },
      });
      running.description = description;
      greeted(description);
      // What was wanted of a process that ended is wanted of the next one, and nobody waits for it.
      this.announcements
        .sync(process, description)
        .catch(() => events.log('warn', 'The server does not announce all that is wanted.'));
      return description;
    } catch (failure) {
      if (failure instanceof Failure && failure.code === 'upstream_timeout') {
        events.log('warn', `The server did not answer initialize within ${limits.startTimeoutMs} ms.`);
      }
      process.kill(); // Whatever it is, it is no server of ours: it is started anew.
      throw failure;
    }
  }

  #said({ description, process }: Running, message: Said): void {
    const era = description?.era ?? 'session';
    if (message.kind === 'request') {
      this.calls.asked(message, process, era);
      return;
    }
    if (this.calls.notified(message, era)) return;
    const { method, params, json } = message;
    const said = this.announcements.read({ method, params, json }, { era });
    if (said === undefined) return;
    this.#options.events.notified(said.method);
    this.announcements.notified(said);
  }

  #ended(running: Running, how: string): void {
    if (this.#running === running) this.#running = undefined;
    running.endedOfProbe = running.isProbed;
    const during = running.isProbed ? 'probe' : running.description === undefined ? 'greeting' : 'work';
    this.#options.failed({ ranMs: performance.now() - running.process.startedMs, during });
    this.#options.events.log('warn', how);
  }
}

/** Outside of strings, line breaks mean nothing in JSON, and inside there are none. */
function inOneLine(message: Uint8Array): Uint8Array {
  return message.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte));
}
