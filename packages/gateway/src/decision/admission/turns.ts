import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Turns of the event loop for work that nobody waits for in earnest: however many want one, each has its own, so that calls are
 * held up by one piece of such work at most.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves in a turn of the event loop that nobody else is given. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => nextTurn());
    return this.#last;
  }
}
