import type { EventEmitter } from 'node:events';

/** Whether anybody uses the gateway: requests under way, and connections of processes that only it serves. */
export class Activity {
  #open = 0;
  #timer: NodeJS.Timeout | undefined;
  #waiting: { readonly idleMs: number; readonly resolve: () => void } | undefined;

  /** Whether anybody waits to hear that there is no use. */
  get isWatched(): boolean {
    return this.#waiting !== undefined;
  }

  /** Counts as use until it emits `close`. */
  track(used: EventEmitter): void {
    this.#open += 1;
    clearTimeout(this.#timer);
    used.once('close', () => {
      this.#open -= 1;
      this.#schedule();
    });
  }

  /** Resolves once nobody has used the gateway for so long. At most one waits. */
  whenIdle(idleMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = { idleMs, resolve };
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#waiting === undefined || this.#open > 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#waiting.resolve, this.#waiting.idleMs);
  }
}
