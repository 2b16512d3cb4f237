/** How much one more measurement moves the estimate of how long a place is held. */
const NEWEST_WEIGHT = 0.1;

/** What became of someone who came to the gate. */
export type Entry =
  /** Holds a place until `leave` is called, once. */
  | { readonly kind: 'entered'; leave(): void }
  /** Too many wait, or the wait would be longer than the time that is left. Holds no place. */
  | { readonly kind: 'overloaded' }
  /** The signal came first. Holds no place. */
  | { readonly kind: 'aborted' };

export interface GateOptions {
  readonly places: number;
  readonly waitingMax: number;
  /** Milliseconds that never go backwards. */
  monotonicMs(): number;
  /** Milliseconds that whoever waits on this signal has left. */
  remainingMs(signal: AbortSignal): number;
}

interface Waiting {
  readonly signal: AbortSignal;
  settle(entry: Entry): void;
}

const OVERLOADED: Entry = { kind: 'overloaded' };
const ABORTED: Entry = { kind: 'aborted' };

/**
 * Lets a bounded number in at once and a bounded number wait, first come first served. Whoever could not be served within
 * the time it has left is turned away at once, by how long places have been held lately: work that ends too late is
 * lost, and makes all that comes after it late too. A free place is given without such a question, so that an
 * estimate that was once too high corrects itself.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #waiting = new Set<Waiting>();
  #taken = 0;
  #heldMs = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  enter(signal: AbortSignal): Promise<Entry> {
    const { places, waitingMax, remainingMs } = this.#options;
    if (signal.aborted) return Promise.resolve(ABORTED);
    if (this.#taken < places) {
      this.#taken += 1;
      return Promise.resolve(this.#entered());
    }
    // Places come free evenly on the average; after its wait, the newcomer needs a place for as long as others do.
    const neededMs = ((this.#waiting.size + 1) / places + 1) * this.#heldMs;
    if (this.#waiting.size >= waitingMax || neededMs > remainingMs(signal)) {
      return Promise.resolve(OVERLOADED);
    }
    return new Promise((resolve) => {
      const waiting: Waiting = {
        signal,
        settle: (entry) => {
          this.#waiting.delete(waiting);
          signal.removeEventListener('abort', giveUp);
          resolve(entry);
        },
      };
      const giveUp = () => waiting.settle(ABORTED);
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(waiting);
    });
  }

  #entered(): Entry {
    const { monotonicMs } = this.#options;
    const sinceMs = monotonicMs();
    return {
      kind: 'entered',
      leave: () => {
        this.#heldMs += NEWEST_WEIGHT * (monotonicMs() - sinceMs - this.#heldMs);
        this.#passOn();
      },
    };
  }

  /** The place passes on as it is, so that nobody who comes just now overtakes those who wait. */
  #passOn(): void {
    for (const next of this.#waiting) {
      if (this.#heldMs <= this.#options.remainingMs(next.signal)) {
        next.settle(this.#entered());
        return;
      }
      next.settle(OVERLOADED);
    }
    this.#taken -= 1;
  }
}
