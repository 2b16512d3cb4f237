import { Failure } from '@bailiff/contract';
import type { ClientMessage } from './client-message.ts';
import type { LocalAnswer } from './local-gateway.ts';
import { readAnswer, type WriteLine } from './read-answer.ts';

/** Asks the gateway that is reached at the moment. */
export type Ask = (
  request: {
    readonly method: 'GET' | 'POST' | 'DELETE';
    readonly headers: Headers;
    readonly body?: Uint8Array;
  },
  signal: AbortSignal,
) => Promise<LocalAnswer>;
type Headers = Readonly<Record<string, string>>;

export interface ClientSessionOptions {
  readonly ask: Ask;
  readonly write: WriteLine;
  readonly log: (line: string) => void;
}

const JSON_HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
} as const;
const INITIALIZED = Buffer.from('{"jsonrpc":"2.0","method":"notifications/initialized"}');
/** Before a stream of announcements that ended is asked for again. */
const STREAM_PAUSE_MS = 1_000;

/** A client’s session at the gateway, of the era that has them. It outlives the gateway’s end of it. */
export class ClientSession {
  readonly #options: ClientSessionOptions;
  /** What the client began the session with, to begin it again where the gateway has forgotten it. */
  #initialize: Buffer | undefined;
  #isInitialized = false;
  #headers: Headers = {};
  #renewal: Promise<void> | undefined;
  #stream = new AbortController();

  constructor(options: ClientSessionOptions) {
    this.#options = options;
  }

  /** Begins a session, and passes on what the gateway says to that. @throws GatewayGone */
  async begin({ line, id }: ClientMessage, signal: AbortSignal): Promise<void> {
    const { ask, write, log } = this.#options;
    const answer = await ask({ method: 'POST', headers: JSON_HEADERS, body: line }, signal);
    const said: string[] = [];
    await readAnswer(answer, { id, log, write: async (text) => void said.push(text) });
    if (this.#keep(answer, said)) this.#initialize = line;
    for (const text of said) await write(text);
  }

  /** Resolves with the headers of a message in the session, once it is there. Without one they hold none. */
  async headers(): Promise<Headers> {
    await this.#renewal;
    return { ...JSON_HEADERS, ...this.#headers };
  }

  /** The client is ready to hear what the gateway announces. */
  initialized(): void {
    this.#isInitialized = true;
    this.#listen();
  }

  /** The gateway does not know the session any more: begins it anew, as the client began it. @throws when it cannot. */
  renew(headers: Headers, signal: AbortSignal): Promise<void> {
    // Another message may have noticed before.
    if (headers['mcp-session-id'] !== this.#headers['mcp-session-id'])
      return this.#renewal ?? Promise.resolve();
    this.#renewal ??= this.#renew(signal).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /** Tells the gateway that the session is over. Never rejects. */
  async end(signal: AbortSignal): Promise<void> {
    this.#stream.abort();
    if (this.#headers['mcp-session-id'] === undefined) return;
    try {
      const { body } = await this.#options.ask({ method: 'DELETE', headers: this.#headers }, signal);
      body.resume();
    } catch {
      // It ends by itself after a while.
    }
  }

  async #renew(signal: AbortSignal): Promise<void> {
    if (this.#initialize === undefined) throw new Failure('session_unknown');
    const { ask, log } = this.#options;
    const said: string[] = [];
    const answer = await ask({ method: 'POST', headers: JSON_HEADERS, body: this.#initialize }, signal);
    const before = this.#headers['mcp-protocol-version'];
    await readAnswer(answer, { id: 'renewed', log, write: async (text) => void said.push(text) });
    if (!this.#keep(answer, said))
      throw new Failure('session_unknown', 'The session ended, and the gateway opens no other.');
    if (this.#headers['mcp-protocol-version'] !== before)
      throw new Failure(
        'session_unknown',
        'The gateway speaks another revision now; start the client again.',
      );
    if (!this.#isInitialized) return;
    const headers = { ...JSON_HEADERS, ...this.#headers };
    const { body } = await ask({ method: 'POST', headers, body: INITIALIZED }, signal);
    body.resume();
    this.#listen();
  }

  /** False where no session was opened. */
  #keep({ status, headers }: LocalAnswer, [said = '{}']: readonly string[]): boolean {
    const id = headers['mcp-session-id'];
    if (status !== 200 || typeof id !== 'string') return false;
    const { result }: { readonly result?: { readonly protocolVersion?: string } } = JSON.parse(said);
    this.#headers = { 'mcp-session-id': id, 'mcp-protocol-version': result?.protocolVersion ?? '' };
    return true;
  }

  /** What belongs to no request comes on a stream of its own, where the gateway has one. */
  #listen(): void {
    this.#stream.abort();
    this.#stream = new AbortController();
    void this.#hear(this.#stream.signal).catch(() => undefined); // It is opened again with the session.
  }

  async #hear(signal: AbortSignal): Promise<void> {
    const { ask, write, log } = this.#options;
    const headers = { ...this.#headers, accept: 'text/event-stream' };
    let lastEventId = '';
    while (!signal.aborted) {
      const resumed: Headers = lastEventId === '' ? {} : { 'last-event-id': lastEventId };
      const answer = await ask({ method: 'GET', headers: { ...headers, ...resumed } }, signal);
      if (answer.status !== 200) {
        answer.body.resume();
        // The gateway has forgotten the event, not the session: what was said meanwhile is lost, what comes is not.
        if (answer.status !== 400 || lastEventId === '') return;
        lastEventId = '';
        continue;
      }
      const heard = await readAnswer(answer, { id: undefined, write, log });
      if (heard.lastEventId !== '') lastEventId = heard.lastEventId;
      await new Promise((resolve) => setTimeout(resolve, STREAM_PAUSE_MS).unref());
    }
  }
}
