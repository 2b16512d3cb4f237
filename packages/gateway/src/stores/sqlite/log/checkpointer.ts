import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';

/** Pages in the write-ahead log, of 4 KiB, from which on they are moved. */
const PAGES = 1_000;

/**
 * Keeps the write-ahead log short without making commits wait: a thread of its own copies the bulk into the main file
 * and syncs it, and the writer only what was committed meanwhile. If that thread fails, commits do it themselves,
 * later and slower.
 */
export class Checkpointer implements Disposable {
  readonly #file: string;
  #thread: Worker | undefined;
  #busy = false;

  constructor(file: string) {
    this.#file = file;
  }

  /**
   * Begins to move pages if there are many. `database` gives the writer’s connection when they are moved, undefined
   * if it has none.
   */
  relieve(database: () => DatabaseSync | undefined): void {
    const pages = database()?.prepare('PRAGMA wal_checkpoint(NOOP)').get();
    if (this.#busy || pages === undefined || Number(pages.log) - Number(pages.checkpointed) < PAGES) return;
    this.#busy = true;
    const thread = this.#startedThread();
    thread.once('message', () => {
      this.#busy = false;
      database()?.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
    });
    thread.postMessage('checkpoint');
  }

  #startedThread(): Worker {
    if (this.#thread !== undefined) return this.#thread;
    const thread = new Worker(new URL('./checkpoint-thread.ts', import.meta.url), {
      workerData: { file: this.#file },
    });
    thread.unref();
    thread.on('error', () => {}); // its end says it all
    thread.on('exit', () => {
      this.#thread = undefined;
      this.#busy = false;
    });
    this.#thread = thread;
    return thread;
  }

  [Symbol.dispose](): void {
    void this.#thread?.terminate();
  }
}
