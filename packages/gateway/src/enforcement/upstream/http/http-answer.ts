import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { Failure, type ServerReply } from '@bailiff/contract';
import { createParser, type EventSourceParser } from 'eventsource-parser';
import { type Dispatcher, errors } from 'undici';
import { readUpstreamMessage, type UpstreamMessage } from '../upstream-message.ts';

/** What came back for one POST. */
export interface HttpAnswer {
  readonly status: number;
  readonly sessionId: string | undefined;
  /** The answer under the id that was waited for; undefined when the body held none. */
  readonly reply: ServerReply | undefined;
}

export interface HttpAnswerOptions {
  /** The id to wait for; undefined where no answer is due. */
  readonly id: string | undefined;
  readonly bytesMax: number;
  /** What else the server sent on the way to its answer. */
  onMessage(message: UpstreamMessage): void;
  settle(outcome: HttpAnswer | Failure): void;
}

/** How long a stream may stay open behind the answer before its connection is given up. */
const LINGER_MS = 1_000;

type BodyKind = 'json' | 'events' | 'none';

/** Reads the response to one POST, whichever of the two forms it has, and settles once: undici’s handler. */
export class HttpAnswerReader implements Dispatcher.DispatchHandler {
  readonly #options: HttpAnswerOptions;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #sessionId: string | undefined;
  #body: BodyKind = 'none';
  #bytes = 0;
  readonly #chunks: Buffer[] = [];
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #events: EventSourceParser | undefined;
  #linger: NodeJS.Timeout | undefined;
  #isSettled = false;
  #isEnded = false;

  constructor(options: HttpAnswerOptions) {
    this.#options = options;
  }

  /** Gives up: settles with the failure and closes the connection. */
  abort(failure: Failure): void {
    this.#settle(failure);
    if (!this.#isEnded) this.#controller?.abort(failure);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isSettled) controller.abort(new Failure('client_gone'));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    this.#controller = controller;
    this.#status = status;
    const sessionId = headers['mcp-session-id'];
    this.#sessionId = typeof sessionId === 'string' ? sessionId : undefined;
    const [essence = ''] = (headers['content-type'] ?? '').toLowerCase().split(';');
    if (essence.trim() === 'application/json') this.#body = 'json';
    if (essence.trim() === 'text/event-stream') {
      this.#body = 'events';
      this.#events = createParser({
        onEvent: ({ event, data }) => {
          if ((event === undefined || event === 'message') && data !== '') this.#received(data);
        },
      });
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isSettled) return;
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#options.bytesMax) {
      this.abort(new Failure('upstream_invalid', 'The answer is too large.'));
      return;
    }
    if (this.#body === 'json') this.#chunks.push(chunk);
    if (this.#events === undefined) return;
    try {
      this.#events.feed(this.#decoder.decode(chunk, { stream: true }));
    } catch {
      this.abort(new Failure('upstream_invalid', 'The answer is not valid UTF-8.'));
    }
  }

  onResponseEnd(): void {
    this.#isEnded = true;
    clearTimeout(this.#linger);
    if (this.#isSettled) return;
    if (this.#body === 'json' && this.#bytes > 0) {
      const [only] = this.#chunks;
      const body =
        this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks, this.#bytes);
      if (isUtf8(body)) this.#received(body.toString('utf8'));
    }
    this.#settle({ status: this.#status, sessionId: this.#sessionId, reply: undefined });
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    this.#isEnded = true;
    clearTimeout(this.#linger);
    const isLate = cause instanceof errors.HeadersTimeoutError || cause instanceof errors.BodyTimeoutError;
    this.#settle(new Failure(isLate ? 'upstream_timeout' : 'upstream_unavailable', undefined, { cause }));
  }

  #received(text: string): void {
    const message = readUpstreamMessage(text);
    const isOurs = this.#options.id !== undefined && 'id' in message && message.id === this.#options.id;
    if (message.kind === 'answer' && isOurs) {
      this.#settle({ status: this.#status, sessionId: this.#sessionId, reply: message.reply });
    } else if (message.kind === 'invalid' && isOurs) {
      this.abort(new Failure('upstream_invalid'));
    } else {
      this.#options.onMessage(message);
    }
  }

  #settle(outcome: HttpAnswer | Failure): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    if (!this.#isEnded && this.#body === 'events') {
      this.#linger = setTimeout(
        () => this.#controller?.abort(new Failure('upstream_invalid', 'The stream did not end.')),
        LINGER_MS,
      ).unref();
    }
    this.#options.settle(outcome);
  }
}
