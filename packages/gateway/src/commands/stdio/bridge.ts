import { Failure, failureOf, toRpcError } from '@bailiff/contract';
import type { Edges } from '../../enforcement/upstream/stdio/line-reader.ts';
import { type ClientMessage, mirroredHeaders, readClientMessage } from './client-message.ts';
import { type Ask, ClientSession } from './client-session.ts';
import { GatewayGone, type LocalGateway } from './local-gateway.ts';
import { requestIdIn } from './oversized-request.ts';
import { readAnswer, type WriteLine } from './read-answer.ts';

/** Messages of one client that the gateway may be at work on; more are refused. */
const UNDER_WAY_MAX = 1_024;
/** How often it is looked whether all is answered. */
const POLL_MS = 10;
/** Requests that change nothing, so that answering one to a client that went away does no harm. */
const EFFECTLESS: readonly string[] = [
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
];
/** How often a message that cannot have reached a gateway is sent again. */
const ATTEMPTS_MAX = 3;

export interface BridgeOptions {
  /** The path of the server, or of all servers, at the gateway. */
  readonly path: string;
  readonly authorization: string;
  /** @throws Failure when there is none and none can be started. */
  readonly findGateway: (signal: AbortSignal) => Promise<LocalGateway>;
  readonly write: WriteLine;
  readonly log: (line: string) => void;
}

interface UnderWay {
  readonly message: ClientMessage;
  readonly controller: AbortController;
  isCancelled: boolean;
}

/** Carries the messages of one client to the gateway and what it says back, in both eras of MCP. */
export class Bridge {
  readonly #options: BridgeOptions;
  readonly #session: ClientSession;
  readonly #underWay = new Set<UnderWay>();
  readonly #ended = new AbortController();
  #gateway: Promise<LocalGateway> | undefined;
  #isReaching = false;
  /** The client’s `initialize`: what it sends behind it waits for the session. */
  #beginning: Promise<void> = Promise.resolve();

  constructor(options: BridgeOptions) {
    this.#options = options;
    const { write, log } = options;
    this.#session = new ClientSession({ ask: this.#ask, write, log });
  }

  /** Bytes of messages that the gateway is at work on. */
  get bytesUnderWay(): number {
    return [...this.#underWay].reduce((sum, { message }) => sum + message.line.byteLength, 0);
  }

  /** Takes one line of the client’s. Resolves once it is answered, or was passed on where no answer is due. */
  async received(line: Buffer): Promise<void> {
    const message = readClientMessage(line);
    if (this.#cancelled(message)) return;
    const own: UnderWay = { message, controller: new AbortController(), isCancelled: false };
    if (this.#underWay.size >= UNDER_WAY_MAX) return this.#refuse(own, new Failure('overloaded'));
    this.#underWay.add(own);
    try {
      const signal = AbortSignal.any([own.controller.signal, this.#ended.signal]);
      await this.#carry(own, signal);
    } catch (thrown) {
      if (!own.controller.signal.aborted && !this.#ended.signal.aborted)
        await this.#refuse(own, failureFrom(thrown));
    } finally {
      this.#underWay.delete(own);
    }
  }

  /** A line that is too long to be passed on. It is refused under its id where its edges tell that. */
  async oversized(edges: Edges, bytesMax: number): Promise<void> {
    const failure = new Failure('body_too_large', `A message may have ${bytesMax} bytes.`);
    const id = requestIdIn(edges) ?? null;
    await this.#options.write(JSON.stringify({ jsonrpc: '2.0', id, error: toRpcError(failure) }));
  }

  /**
   * Resolves once nothing is under way, or once nothing was answered for so long. What is under way while a gateway is looked
   * for or started, and what has no effect at a server, is waited for as long as it takes.
   */
  async answered(patienceMs: number): Promise<void> {
    let before = this.#underWay.size;
    let sinceMs = performance.now();
    while (this.#underWay.size > 0 && performance.now() - sinceMs < patienceMs) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      if (this.#underWay.size !== before || this.#isPreparing) sinceMs = performance.now();
      before = this.#underWay.size;
    }
  }

  /** Whether the gateway is still to be reached, or is at work on what has no effect at a server. */
  get #isPreparing(): boolean {
    return this.#isReaching || [...this.#underWay].some(({ message }) => EFFECTLESS.includes(message.method));
  }

  /** Gives up what is under way and ends the session. */
  async end(): Promise<void> {
    this.#ended.abort();
    if (this.#gateway === undefined) return;
    await this.#session.end(AbortSignal.timeout(1_000));
    const gateway = await this.#gateway.catch(() => undefined);
    gateway?.[Symbol.dispose]();
  }

  /** Without sessions a request is cancelled by closing its connection, which stands for the client’s notification. */
  #cancelled({ cancels }: ClientMessage): boolean {
    const found = [...this.#underWay].find(({ message }) => cancels !== undefined && message.id === cancels);
    if (found === undefined) return false;
    found.isCancelled = true; // Nobody waits for its answer.
    if (found.message.version === '') return false;
    found.controller.abort();
    return true;
  }

  async #carry(own: UnderWay, signal: AbortSignal): Promise<void> {
    const { message } = own;
    if (message.method === 'initialize' && message.kind === 'request') {
      const begun = this.#again(() => this.#session.begin(message, signal));
      this.#beginning = begun.catch(() => undefined);
      return begun;
    }
    if (message.version !== '') return this.#again(() => this.#send(own, mirroredHeaders(message), signal));
    await this.#beginning;
    const headers = await this.#session.headers();
    const isKnown = await this.#again(() => this.#sendInSession(own, headers, signal));
    if (!isKnown) {
      await this.#session.renew(headers, this.#ended.signal);
      const renewed = await this.#session.headers();
      if (!(await this.#again(() => this.#sendInSession(own, renewed, signal))))
        throw new Failure('session_unknown');
    }
    if (message.method === 'notifications/initialized') this.#session.initialized();
  }

  async #send(
    { message, ...own }: UnderWay,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<void> {
    const answer = await this.#ask(
      { method: 'POST', headers: { ...POST_HEADERS, ...headers }, body: message.line },
      signal,
    );
    const { isAnswered } = await readAnswer(answer, { id: idOf(message), ...this.#to({ message, ...own }) });
    if (!isAnswered && message.kind === 'request') throw new GatewayGone(true, 'The answer ended early.');
  }

  /** False when the gateway does not know the session: then it has not looked at the message. */
  async #sendInSession(
    own: UnderWay,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { message } = own;
    const id = idOf(message);
    const keeps = ['session_unknown'] as const;
    let answer = await this.#ask({ method: 'POST', headers, body: message.line }, signal);
    let read = await readAnswer(answer, { id, keeps, ...this.#to(own) });
    if (read.failure === 'session_unknown') return headers['mcp-session-id'] === undefined;
    // A stream that ended early is taken up where it was.
    while (id !== undefined && !read.isAnswered && read.lastEventId !== '') {
      const resumed = { ...headers, accept: 'text/event-stream', 'last-event-id': read.lastEventId };
      answer = await this.#ask({ method: 'GET', headers: resumed }, signal);
      const { lastEventId } = read;
      read = await readAnswer(answer, { id, keeps, ...this.#to(own) });
      if (read.lastEventId === lastEventId || read.status !== 200) break;
    }
    if (id !== undefined && !read.isAnswered) throw new GatewayGone(true, 'The answer ended early.');
    return true;
  }

  /** Where what the gateway says about one message goes. */
  #to(own: UnderWay) {
    const { write, log } = this.#options;
    const unlessCancelled: WriteLine = async (text) => {
      if (!own.isCancelled) await write(text);
    };
    return { write: unlessCancelled, log };
  }

  /** Does what cannot have reached a gateway again with another one. */
  async #again<Result>(attempt: () => Promise<Result>): Promise<Result> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt();
      } catch (thrown) {
        if (!(thrown instanceof GatewayGone) || thrown.wasSent || attempts >= ATTEMPTS_MAX) throw thrown;
      }
    }
  }

  readonly #ask: Ask = async (request, signal) => {
    const { path, authorization } = this.#options;
    const reached = this.#reach();
    const gateway = await reached;
    const headers = { ...request.headers, authorization };
    try {
      return await gateway.ask({ ...request, path, headers }, signal);
    } catch (thrown) {
      // What cannot be connected to is gone, even where that was not heard yet: the next attempt needs another.
      const isGone = thrown instanceof GatewayGone && !thrown.wasSent;
      if (isGone && this.#gateway === reached) this.#gateway = undefined;
      throw thrown;
    }
  };

  /** The gateway, until it goes away: then the next message finds or starts another. */
  #reach(): Promise<LocalGateway> {
    const forget = () => {
      if (this.#gateway === reached) this.#gateway = undefined;
    };
    const find = async () => {
      this.#isReaching = true;
      const gateway = await this.#options.findGateway(this.#ended.signal).finally(() => {
        this.#isReaching = false;
      });
      gateway.gone.addEventListener('abort', forget, { once: true });
      if (gateway.gone.aborted) forget();
      return gateway;
    };
    const reached: Promise<LocalGateway> = this.#gateway ?? find();
    if (this.#gateway === undefined) {
      this.#gateway = reached;
      reached.catch(forget);
    }
    return reached;
  }

  async #refuse({ message, isCancelled }: UnderWay, failure: Failure): Promise<void> {
    const { write, log } = this.#options;
    log(failure.detail);
    if (message.kind !== 'request' || isCancelled) return;
    await write(JSON.stringify({ jsonrpc: '2.0', id: message.id, error: toRpcError(failure) }));
  }
}

const POST_HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
} as const;

function idOf({ kind, id }: ClientMessage): string | number | null | undefined {
  if (kind === 'other') return null;
  return kind === 'request' ? id : undefined;
}

function failureFrom(thrown: unknown): Failure {
  if (!(thrown instanceof GatewayGone)) return failureOf(thrown);
  return new Failure(
    'not_ready',
    thrown.wasSent
      ? 'The gateway went away before it answered. Whether the call was carried out is not known; its record says so.'
      : 'The gateway went away. Try again.',
  );
}
