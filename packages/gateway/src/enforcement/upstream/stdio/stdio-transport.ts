import {
  type Conversation,
  Failure,
  holderKey,
  type Listening,
  type ServerDescription,
  type ServerNotification,
  type ServerReply,
  type Subscription,
} from '@bailiff/contract';
import { EVERY_CAPABILITY } from '../handshake.ts';
import type { Transport, TransportEvents, UpstreamLimits, UpstreamRequest } from '../upstream.ts';
import type { Listener } from './announcements.ts';
import { type BackOff, BackOffs } from './back-off.ts';
import type { Owner } from './calls-under-way.ts';
import type { ChildCommand } from './child-process.ts';
import type { WantedEra } from './greeting.ts';
import type { ProcessGuard } from './process-guard.ts';
import { type ProcessEnd, ProcessSlot } from './process-slot.ts';

export interface StdioTransportOptions {
  readonly command: ChildCommand;
  readonly limits: UpstreamLimits;
  readonly backOff: BackOff;
  /** Whose calls share a process. */
  readonly processPer: 'gateway' | 'user' | 'conversation';
  /** Processes of users or conversations at once. */
  readonly processesMax: number;
  readonly processIdleMs: number;
  readonly era: WantedEra;
  readonly guard: ProcessGuard;
}

/** The key of the slot that the gateway asks for itself; with one process for all, everybody’s. */
const OWN = '';

/** How much later than it may be, a process is started again for those who only listen. */
const RESTART_MARGIN_MS = 10;

const STOPPING = 'The gateway is stopping.';

/** One server, spoken to over the standard input and output of one process, or of one for each user or conversation. */
export class StdioTransport implements Transport {
  readonly #options: StdioTransportOptions;
  readonly #events: TransportEvents;
  /** The one used longest ago first. Beside the gateway’s own there are at most `processesMax`. */
  readonly #slots = new Map<string, ProcessSlot>();
  /** Who listens, by slot: a process that was ended meanwhile is told again when it is started. */
  readonly #listeners = new Map<string, Map<symbol, Listener>>();
  readonly #backOffs: BackOffs;
  readonly #idle = new Map<string, NodeJS.Timeout>();
  readonly #ending = new Set<Promise<void>>();
  #description: ServerDescription | undefined;
  /** A server that a question of the other era ends is not asked it again. */
  #survivesProbe = true;
  #isClosed = false;

  constructor(options: StdioTransportOptions, events: TransportEvents) {
    this.#options = options;
    this.#events = events;
    this.#backOffs = new BackOffs(options.backOff);
  }

  describe(signal: AbortSignal): Promise<ServerDescription> {
    if (this.#description !== undefined && !this.#isClosed) return Promise.resolve(this.#description);
    try {
      return this.#slotOf(undefined).describe(signal);
    } catch (failure) {
      return Promise.reject(failure);
    }
  }

  async exchange(request: UpstreamRequest, signal: AbortSignal): Promise<ServerReply> {
    const slot = this.#slotOf(request.conversation);
    try {
      return await slot.exchange(request, { expected: this.#description }, signal);
    } finally {
      this.#rest(this.#keyOf(request.conversation), slot);
    }
  }

  async listen(
    conversation: Conversation,
    wanted: Subscription,
    heard: (notification: ServerNotification) => void,
  ): Promise<Listening> {
    const slotKey = this.#keyOf(conversation);
    const key = Symbol(slotKey);
    const update = async (changed: Subscription, signal: AbortSignal): Promise<void> => {
      const slot = this.#slotOf(conversation);
      const listeners = this.#listenersOf(slotKey);
      const before = listeners.get(key);
      listeners.set(key, { wanted: changed, heard });
      try {
        await slot.sync(signal);
      } catch (failure) {
        if (before === undefined) this.#forget(slotKey, key);
        else listeners.set(key, before);
        throw failure;
      } finally {
        this.#rest(slotKey, slot);
      }
    };
    await update(wanted, AbortSignal.timeout(this.#options.limits.startTimeoutMs));
    return {
      update,
      [Symbol.asyncDispose]: async () => {
        this.#forget(slotKey, key);
        const slot = this.#slots.get(slotKey);
        if (slot?.isRunning !== true || this.#isClosed) return;
        await slot.sync(AbortSignal.timeout(this.#options.limits.listTimeoutMs)).catch(() => undefined);
        this.#rest(slotKey, slot);
      },
    };
  }

  endConversation(conversationKey: string): void {
    if (this.#options.processPer === 'conversation')
      this.#end(`conversation:${conversationKey}`, 'The conversation ended.');
  }

  placeOf(conversation: Conversation): string {
    return this.#keyOf(conversation);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const key of [...this.#slots.keys()]) this.#end(key, STOPPING);
    await Promise.all(this.#ending);
  }

  /** @throws Failure `upstream_unavailable` when the gateway stops, `overloaded` when there are too many processes. */
  #slotOf(conversation: Conversation | undefined): ProcessSlot {
    if (this.#isClosed) throw new Failure('upstream_unavailable', STOPPING);
    const key = this.#keyOf(conversation);
    clearTimeout(this.#idle.get(key));
    this.#idle.delete(key);
    const slot = this.#slots.get(key) ?? this.#newSlot(key, conversation);
    this.#slots.delete(key);
    this.#slots.set(key, slot); // used last
    return slot;
  }

  #newSlot(key: string, conversation: Conversation | undefined): ProcessSlot {
    const { processPer, processesMax, command, limits, guard } = this.#options;
    if (key !== OWN && this.#slots.size - (this.#slots.has(OWN) ? 1 : 0) >= processesMax) this.#makeRoom();
    const isShared = processPer === 'gateway';
    const caller = conversation === undefined || isShared ? OWN : holderKey(conversation.principal);
    const slot = new ProcessSlot({
      owner: ownerOf(processPer, key),
      // Nothing is offered where it could not be told whom a question is for.
      capabilities: isShared ? {} : (conversation?.capabilities ?? EVERY_CAPABILITY),
      command,
      limits,
      guard,
      events: this.#events,
      wantsLists: key === OWN,
      listeners: this.#listenersOf(key),
      admit: () => {
        if (!this.#backOffs.mayStart(caller))
          throw new Failure(
            'upstream_unavailable',
            'The server failed repeatedly and is started again in a while.',
          );
      },
      era: () => this.#wantedEra(),
      greeted: (description) => {
        this.#description = description;
      },
      failed: (end) => {
        this.#description = undefined; // It may be another one when it is started again.
        const pauseMs = this.#pauseAfter(end, caller);
        if (slot.announcements.isWanted) this.#startAgain(key, slot, pauseMs);
        else this.#rest(key, slot);
      },
    });
    return slot;
  }

  /** After how many milliseconds the process may be started again. */
  #pauseAfter({ ranMs, during }: ProcessEnd, caller: string): number {
    if (during === 'probe' && this.#survivesProbe) {
      this.#survivesProbe = false;
      return 0; // The question may have ended it, and is not asked again.
    }
    if (during === 'greeting') this.#survivesProbe = true; // It was not the question.
    return this.#backOffs.failed(caller, ranMs);
  }

  /** For those who only listen: nobody’s call would start it. */
  #startAgain(key: string, slot: ProcessSlot, pauseMs: number): void {
    const { startTimeoutMs } = this.#options.limits;
    const start = () => {
      if (this.#isClosed || this.#slots.get(key) !== slot) return;
      slot.sync(AbortSignal.timeout(startTimeoutMs)).catch(() => undefined); // It was logged.
    };
    setTimeout(start, pauseMs + RESTART_MARGIN_MS).unref();
  }

  #wantedEra(): WantedEra {
    const { era } = this.#options;
    if (era !== 'auto') return era;
    return this.#survivesProbe ? (this.#description?.era ?? 'auto') : 'session';
  }

  #listenersOf(key: string): Map<symbol, Listener> {
    const listeners = this.#listeners.get(key) ?? new Map<symbol, Listener>();
    this.#listeners.set(key, listeners);
    return listeners;
  }

  #keyOf(conversation: Conversation | undefined): string {
    if (conversation === undefined) return OWN;
    switch (this.#options.processPer) {
      case 'gateway':
        return OWN;
      case 'user':
        return `user:${holderKey(conversation.principal)}`;
      case 'conversation':
        return `conversation:${conversation.key}`;
    }
  }

  /** A slot keeps the map that it was given, so the map goes only with the slot. */
  #forget(slotKey: string, key: symbol): void {
    const listeners = this.#listeners.get(slotKey);
    listeners?.delete(key);
    if (listeners?.size === 0 && !this.#slots.has(slotKey)) this.#listeners.delete(slotKey);
  }

  /** Ends the process that has had nothing to do for the longest time. @throws Failure `overloaded` when all have. */
  #makeRoom(): void {
    const isIdle = ([key, slot]: [string, ProcessSlot]) => key !== OWN && !slot.isBusy;
    const [key] = [...this.#slots].find(isIdle) ?? [];
    if (key === undefined)
      throw new Failure(
        'overloaded',
        'All processes that this server may have are at work; try again later.',
      );
    this.#end(key, 'Others needed the room.');
  }

  /** A slot that has nothing to do is let go: at once when no process runs in it, else after a while. */
  #rest(key: string, slot: ProcessSlot | undefined): void {
    if (key === OWN || slot === undefined || slot.isBusy || this.#slots.get(key) !== slot) return;
    clearTimeout(this.#idle.get(key));
    if (slot.announcements.isWanted) return;
    const timer = setTimeout(() => this.#end(key, 'It had nothing to do.'), this.#options.processIdleMs);
    this.#idle.set(key, timer.unref());
  }

  #end(key: string, because: string): void {
    clearTimeout(this.#idle.get(key));
    this.#idle.delete(key);
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.#slots.delete(key);
    if (this.#listeners.get(key)?.size === 0) this.#listeners.delete(key);
    const ending = slot.end(because).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

function ownerOf(processPer: StdioTransportOptions['processPer'], key: string): Owner {
  if (key === OWN) return processPer === 'gateway' ? 'several' : 'gateway';
  return processPer === 'conversation' ? 'conversation' : 'user';
}
