import type { IncomingMessage, ServerResponse } from 'node:http';
import { ByteText, type Era, Failure, type Principal } from '@bailiff/contract';
import { EventSink } from './event-sink.ts';
import { readAway } from './linger.ts';
import { cutWhenStalled } from './stall.ts';

/** One HTTP request on its way to its one answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly server: string;
  readonly decisionId: string;
  /** Aborts when the client goes away before its answer. */
  readonly controller = new AbortController();
  principal: Principal | undefined;
  /** The JSON-RPC id, once one is known; null for notifications. */
  id: string | number | null = null;
  /** Which way of MCP the client speaks, as far as that is known: how it is refused depends on it. */
  era: Era = 'session';
  readonly #response: ServerResponse;
  #events: EventSink | undefined;
  #leftEarly = () => this.leave();

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    at: { server: string; decisionId: string },
  ) {
    this.request = request;
    this.#response = response;
    this.server = at.server;
    this.decisionId = at.decisionId;
    response.once('close', () => {
      if (!response.writableFinished) this.#leftEarly();
    });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get isAnswered(): boolean {
    return this.#response.headersSent;
  }

  /** The answer as a stream of events, which begins with the first call. */
  events(headers: readonly string[] = []): EventSink {
    this.#events ??= new EventSink(this.#response, [...headers, 'Bailiff-Decision-Id', this.decisionId]);
    return this.#events;
  }

  /** Nobody waits for the answer any more. */
  leave(): void {
    this.controller.abort(new Failure('client_gone'));
  }

  /** What happens when the client goes away before its answer ends, in place of the abort. */
  onLeftEarly(leftEarly: () => void): void {
    this.#leftEarly = leftEarly;
  }

  /** Answers with JSON, or with nothing when `text` is empty. */
  answer(status: number, text: string | ByteText, headers: readonly string[] = []): void {
    const all = [...headers, 'Bailiff-Decision-Id', this.decisionId];
    if (text !== '') {
      const length = text instanceof ByteText ? text.byteLength : Buffer.byteLength(text);
      all.push('Content-Type', 'application/json', 'Content-Length', String(length));
    } else if (status !== 204) {
      all.push('Content-Length', '0');
    }
    if (this.request.complete) {
      this.#response.writeHead(status, all);
      if (text instanceof ByteText) this.#write(text);
      this.#response.end(text instanceof ByteText || text === '' ? undefined : text);
      cutWhenStalled(this.#response);
      return;
    }
    // What was left unread must not be taken for the next request. The answer is complete by its length; ending it, which
    // closes the connection, waits until the client is through, or it would be reset before it has read the answer.
    this.#response.writeHead(status, [...all, 'Connection', 'close']);
    if (text === '') this.#response.flushHeaders();
    else if (text instanceof ByteText) this.#write(text);
    else this.#response.write(text);
    void readAway(this.request).then(() => this.#response.end()); // never rejects
  }

  /** All pieces at once, which are none too many for the system to take together. */
  #write({ pieces }: ByteText): void {
    this.#response.cork();
    for (const piece of pieces) this.#response.write(piece);
    this.#response.uncork();
  }
}
