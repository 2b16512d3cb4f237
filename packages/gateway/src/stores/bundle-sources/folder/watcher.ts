import { type FSWatcher, watch } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** A change is told once nothing else has changed for so long, so that a folder is read after it was written. */
const QUIET_MS = 100;

/** Told after so long even where changes do not end. */
const UNREST_MS = 1_000;

/** Tells that something changed below a path since it was last asked. Where nothing can be watched it tells nothing. */
export class Watcher implements Disposable {
  readonly #path: string;
  readonly #concerns: (name: string | null) => boolean;
  readonly #recursive: boolean;
  #watching: FSWatcher | undefined;
  #changes = 0;
  #seen = 0;
  #wake: (() => void) | undefined;

  /** `concerns` says which changed names matter, relative to the path; null is a change whose name is not known. */
  constructor(
    path: string,
    options: { readonly recursive: boolean; readonly concerns: (name: string | null) => boolean },
  ) {
    this.#path = path;
    this.#recursive = options.recursive;
    this.#concerns = options.concerns;
  }

  /** What changes from here on is told. */
  settle(): void {
    this.#open();
    this.#seen = this.#changes;
  }

  /** Resolves after a change since `settle`, once it is over. @throws what aborted the signal. */
  async changed(signal: AbortSignal): Promise<void> {
    this.#open();
    while (this.#changes === this.#seen) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = () => reject(signal.reason);
      signal.throwIfAborted();
      signal.addEventListener('abort', onAbort, { once: true });
      this.#wake = resolve;
      await promise.finally(() => signal.removeEventListener('abort', onAbort));
    }
    for (let waited = 0; waited < UNREST_MS; waited += QUIET_MS) {
      const before = this.#changes;
      await pause(QUIET_MS, undefined, { signal });
      if (this.#changes === before) return;
    }
  }

  [Symbol.dispose](): void {
    this.#watching?.close();
    this.#watching = undefined;
  }

  #open(): void {
    if (this.#watching !== undefined) return;
    try {
      const watching = watch(this.#path, { recursive: this.#recursive, persistent: false });
      watching.on('change', (_kind, name) => this.#noted(name === null ? null : String(name)));
      // The folder went away, or the system watches no more: it is tried anew at the next look.
      watching.on('error', () => {
        this[Symbol.dispose]();
        this.#noted(null);
      });
      this.#watching = watching;
    } catch {
      // There is no such folder, or no more can be watched: the looks go on without.
    }
  }

  #noted(name: string | null): void {
    if (!this.#concerns(name)) return;
    this.#changes += 1;
    this.#wake?.();
  }
}
