import { setTimeout as pause } from 'node:timers/promises';
import { WatchedFolders } from './watched-folders.ts';

/** A change is told once nothing else has changed for so long, so that a folder is read after it was written. */
const QUIET_MS = 100;

/** Told after so long even where changes do not end. */
const UNREST_MS = 1_000;

/** Tells that something changed below a folder since it was last asked. Where nothing can be watched it tells nothing. */
export class Watcher implements Disposable {
  readonly #folders: WatchedFolders;
  #changes = 0;
  #seen = 0;
  #wake: (() => void) | undefined;

  /** `concerns` says which changed names matter, relative to the path; null is a change whose name is not known. */
  constructor(
    path: string,
    options: { readonly recursive: boolean; readonly concerns: (name: string | null) => boolean },
  ) {
    const onChange = (name: string | null) => {
      if (!options.concerns(name)) return;
      this.#changes += 1;
      this.#wake?.();
    };
    this.#folders = new WatchedFolders(path, { recursive: options.recursive, onChange });
  }

  /** What changes from here on is told. */
  settle(): void {
    this.#folders.open();
    this.#seen = this.#changes;
  }

  /** Resolves after a change since `settle`, once it is over. @throws what aborted the signal. */
  async changed(signal: AbortSignal): Promise<void> {
    this.#folders.open();
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
    this.#folders[Symbol.dispose]();
  }
}
