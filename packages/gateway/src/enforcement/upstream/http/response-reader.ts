import type { IncomingHttpHeaders } from 'node:http';
import { ByteText, Failure, LARGE_BYTES_MIN } from '@bailiff/contract';
import { createParser, type EventSourceParser } from 'eventsource-parser';
import { type Dispatcher, errors } from 'undici';
import { areUtf8 } from '../utf8-pieces.ts';

/** One message of a response: its JSON body, or one event of its stream. */
export interface Received {
  readonly text: string;
  /** The same in bytes, where they came as one large body. Then the text is decoded when it is asked for. */
  readonly body?: ByteText;
  /** Name of the event; `message` where it has none, and for a body. */
  readonly event: string;
}

/** What has come of one request when nothing more of it is waited for. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Whether `received` said that this was all. */
  readonly isDone: boolean;
}

export interface ReceptionOptions {
  /** Bytes of one message, and unless the stream is endless of the whole response. */
  readonly bytesMax: number;
  /** A stream that stays open for announcements. */
  readonly isEndless: boolean;
  /** The response begins. Throwing a Failure gives it up. */
  opened?(status: number, headers: IncomingHttpHeaders): void;
  /** True when nothing more is waited for. Throwing a Failure gives the response up. */
  received(message: Received): boolean;
  /** The stream can be taken up again behind this event. */
  passed?(eventId: string): void;
  /** How long the server wants to be left alone before a stream is taken up again. */
  retryAfter?(ms: number): void;
}

/** How long a stream may stay open behind the answer before its connection is given up. */
const LINGER_MS = 1_000;

type BodyKind = 'json' | 'events' | 'none';

/** Reads the response to one request, whichever form it has, and settles once: undici’s handler. */
export class ResponseReader implements Dispatcher.DispatchHandler {
  readonly #options: ReceptionOptions;
  readonly #settled: (outcome: HttpResponse | Failure) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #body: BodyKind = 'none';
  #bytes = 0;
  readonly #chunks: Buffer[] = [];
  /** Where the response is a stream. */
  #events:
    | { readonly parser: EventSourceParser; readonly decoder: InstanceType<typeof TextDecoder> }
    | undefined;
  #linger: NodeJS.Timeout | undefined;
  #isSettled = false;
  #isEnded = false;

  constructor(options: ReceptionOptions, settled: (outcome: HttpResponse | Failure) => void) {
    this.#options = options;
    this.#settled = settled;
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
    this.#headers = headers;
    const coding = headers['content-encoding'] ?? 'identity';
    if (coding !== 'identity') {
      this.abort(new Failure('upstream_invalid', 'The answer is compressed, which was not asked for.'));
      return;
    }
    this.#guarded(() => this.#options.opened?.(status, headers));
    const [essence = ''] = (headers['content-type'] ?? '').toLowerCase().split(';');
    if (essence.trim() === 'application/json') this.#body = 'json';
    if (essence.trim() === 'text/event-stream') {
      this.#body = 'events';
      this.#events = { parser: this.#parser(), decoder: new TextDecoder('utf-8', { fatal: true }) };
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
    const events = this.#events;
    if (events === undefined) return;
    let text: string;
    try {
      text = events.decoder.decode(chunk, { stream: true });
    } catch {
      this.abort(new Failure('upstream_invalid', 'The answer is not valid UTF-8.'));
      return;
    }
    this.#guarded(() => events.parser.feed(text));
  }

  onResponseEnd(): void {
    this.#isEnded = true;
    clearTimeout(this.#linger);
    if (this.#isSettled) return;
    if (this.#body === 'json' && this.#bytes > 0) {
      if (areUtf8(this.#chunks)) this.#received(bodyOf(this.#chunks, this.#bytes));
    }
    this.#settle({ status: this.#status, headers: this.#headers, isDone: false });
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    this.#isEnded = true;
    clearTimeout(this.#linger);
    const isLate = cause instanceof errors.HeadersTimeoutError || cause instanceof errors.BodyTimeoutError;
    this.#settle(new Failure(isLate ? 'upstream_timeout' : 'upstream_unavailable', undefined, { cause }));
  }

  #parser(): EventSourceParser {
    const { bytesMax, isEndless, passed, retryAfter } = this.#options;
    return createParser({
      maxBufferSize: bytesMax,
      onEvent: ({ id, event = 'message', data }) => {
        if (this.#isSettled) return;
        if (isEndless) this.#bytes = 0;
        // Behind what was handed on, never before it.
        if (data !== '') this.#received({ text: data, event });
        if (id !== undefined && id !== '') passed?.(id);
      },
      onRetry: (ms) => retryAfter?.(ms),
    });
  }

  #received(message: Received): void {
    if (this.#isSettled) return;
    this.#guarded(() => {
      if (this.#options.received(message)) {
        this.#settle({ status: this.#status, headers: this.#headers, isDone: true });
      }
    });
  }

  #guarded(step: () => void): void {
    try {
      step();
    } catch (thrown) {
      this.abort(
        thrown instanceof Failure ? thrown : new Failure('upstream_invalid', undefined, { cause: thrown }),
      );
    }
  }

  #settle(outcome: HttpResponse | Failure): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    if (!this.#isEnded && this.#body === 'events') {
      this.#linger = setTimeout(
        () => this.#controller?.abort(new Failure('upstream_invalid', 'The stream did not end.')),
        LINGER_MS,
      ).unref();
    }
    this.#settled(outcome);
  }
}

function bodyOf(chunks: readonly Buffer[], bytes: number): Received {
  if (bytes < LARGE_BYTES_MIN)
    return { text: Buffer.concat(chunks, bytes).toString('utf8'), event: 'message' };
  const body = new ByteText(chunks);
  return {
    event: 'message',
    body,
    get text() {
      return body.toString();
    },
  };
}
