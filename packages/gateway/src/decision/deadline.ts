/** When each signal's time is up, in milliseconds of `performance.now`. */
const ENDS_MS = new WeakMap<AbortSignal, number>();

/** Milliseconds that are left to whatever waits on the signal of a `Deadline`; without bound for any other signal. */
export function remainingMs(signal: AbortSignal): number {
  return (ENDS_MS.get(signal) ?? Number.POSITIVE_INFINITY) - performance.now();
}

/**
 * A signal that aborts when its parent does, when the time is up, or when it is disposed of, which also ends whatever
 * still waits on it. Cheaper than `AbortSignal.any` with a time-out, and leaves nothing behind at the parent.
 */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #follow = () => this.#controller.abort(this.#parent.reason);

  constructor(parent: AbortSignal, timeoutMs: number) {
    this.#parent = parent;
    const late = () => this.#controller.abort(new Error(`${timeoutMs} ms have passed.`));
    this.#timer = setTimeout(late, timeoutMs);
    ENDS_MS.set(this.#controller.signal, performance.now() + timeoutMs);
    if (parent.aborted) this.#follow();
    else parent.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#parent.removeEventListener('abort', this.#follow);
    this.#controller.abort(ENDED);
  }
}

/** One reason for all: making an error at each decision would cost more than all else here. */
const ENDED = new Error('Nobody waits any more.');
