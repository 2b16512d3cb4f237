/**
 * Lets a bounded number in at once and a bounded number wait, first come first served.
 * Its places are entered with `enter` and must each be given back with one `leave`.
 */
export class Gate {
  readonly #places: number;
  readonly #waitingMax: number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(options: { readonly places: number; readonly waitingMax: number }) {
    this.#places = options.places;
    this.#waitingMax = options.waitingMax;
  }

  /** `full`: too many wait already. `aborted`: the signal came first. Neither holds a place. */
  enter(signal: AbortSignal): Promise<'entered' | 'full' | 'aborted'> {
    if (signal.aborted) return Promise.resolve('aborted');
    if (this.#taken < this.#places) {
      this.#taken += 1;
      return Promise.resolve('entered');
    }
    if (this.#waiting.size >= this.#waitingMax) return Promise.resolve('full');
    return new Promise((resolve) => {
      const admit = () => {
        signal.removeEventListener('abort', giveUp);
        resolve('entered');
      };
      const giveUp = () => {
        this.#waiting.delete(admit);
        resolve('aborted');
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(admit);
    });
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#taken -= 1;
      return;
    }
    // The place passes on as it is, so that nobody who comes just now overtakes those who wait.
    this.#waiting.delete(next);
    next();
  }
}
