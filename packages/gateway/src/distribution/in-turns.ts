import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long work lasts between two pauses, in milliseconds: one part may take a little longer. */
const WORKING_MS = 2;

/**
 * Does work that was cut into parts, and lets others have their turn whenever some milliseconds have passed.
 * @throws what a part throws; the signal’s reason on abort.
 */
export async function inTurns<Result>(parts: Generator<void, Result>, signal: AbortSignal): Promise<Result> {
  for (;;) {
    const since = performance.now();
    do {
      const part = parts.next();
      if (part.done === true) return part.value;
    } while (performance.now() - since < WORKING_MS);
    await nextTurn();
    signal.throwIfAborted();
  }
}
