import { type Dispatcher, errors } from 'undici';

/** How often one request may go out. */
const SENT_MAX = 2;

/** What became of one HTTP request, without any reading of its body. */
export type Exchanged =
  | { readonly kind: 'answered'; readonly status: number; readonly body: Buffer }
  /** Nobody answers there, or the connection broke. */
  | { readonly kind: 'unreachable'; readonly cause: unknown }
  /** What came back is not HTTP, or more of it than is accepted. */
  | { readonly kind: 'garbled'; readonly cause: unknown }
  | { readonly kind: 'aborted'; readonly cause: unknown };

/**
 * Sends one request, which must be safe to send twice, and collects its answer. Never rejects. A connection that was closed
 * while it was idle says nothing about the server, so the request then goes once more, on a fresh one. Abort
 * destroys the connection in use, so that an answer that dribbles in later costs nothing. `ended` is called once the
 * dispatcher is done with the request, which after an abort may be later than the promise.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  options: { readonly signal: AbortSignal; readonly ended: () => void },
): Promise<Exchanged> {
  return new Promise((resolve) => {
    const collector = new Collector(dispatcher, request, { ...options, resolve });
    collector.send();
  });
}

interface CollectorOptions {
  readonly signal: AbortSignal;
  readonly ended: () => void;
  readonly resolve: (exchanged: Exchanged) => void;
}

class Collector implements Dispatcher.DispatchHandler {
  readonly #dispatcher: Dispatcher;
  readonly #request: Dispatcher.DispatchOptions;
  readonly #options: CollectorOptions;
  readonly #chunks: Buffer[] = [];
  readonly #abort = () => this.#onAbort();
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #sent = 0;
  #done = false;

  constructor(dispatcher: Dispatcher, request: Dispatcher.DispatchOptions, options: CollectorOptions) {
    this.#dispatcher = dispatcher;
    this.#request = request;
    this.#options = options;
  }

  send(): void {
    const { signal } = this.#options;
    if (this.#sent === 0) signal.addEventListener('abort', this.#abort, { once: true });
    this.#sent += 1;
    if (signal.aborted) {
      this.#finish({ kind: 'aborted', cause: signal.reason });
      return;
    }
    try {
      this.#dispatcher.dispatch(this.#request, this);
    } catch (cause) {
      this.#finish({ kind: 'unreachable', cause });
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#options.signal.aborted) controller.abort(abortError());
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    if (status >= 200) this.#status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const body = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    this.#finish({ kind: 'answered', status: this.#status, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    if (this.#sent < SENT_MAX && this.#status === 0 && isHangUp(cause) && !this.#options.signal.aborted) {
      this.send();
      return;
    }
    this.#finish({ kind: isGarbled(cause) ? 'garbled' : 'unreachable', cause });
  }

  #onAbort(): void {
    this.#options.resolve({ kind: 'aborted', cause: this.#options.signal.reason });
    this.#controller?.abort(abortError());
  }

  #finish(exchanged: Exchanged): void {
    if (this.#done) return;
    this.#done = true;
    this.#options.signal.removeEventListener('abort', this.#abort);
    this.#options.resolve(exchanged);
    this.#options.ended();
  }
}

function isGarbled(cause: Error): boolean {
  return (
    cause instanceof errors.ResponseExceededMaxSizeError ||
    cause instanceof errors.HTTPParserError ||
    cause instanceof errors.HeadersOverflowError
  );
}

/** The other side closed the connection; not that nobody listens. */
function isHangUp(cause: Error): boolean {
  const code = 'code' in cause ? cause.code : undefined;
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

function abortError(): Error {
  return new Error('The deadline passed or the caller left.');
}
