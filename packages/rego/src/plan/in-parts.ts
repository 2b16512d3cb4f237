/** How long work lasts between two pauses, in milliseconds: one part may take a little longer. */
const WORKING_MS = 5;

/** What work that is cut into parts comes to, done in one piece. */
export function inOnePiece<Result>(parts: Generator<void, Result>): Result {
  let next = parts.next();
  while (next.done !== true) next = parts.next();
  return next.value;
}

/** The same, with a pause whenever it took some milliseconds, and one after the last part. */
export async function withPauses<Result>(
  parts: Generator<void, Result>,
  pause: () => Promise<void>,
): Promise<Result> {
  let since = performance.now();
  let next = parts.next();
  while (next.done !== true) {
    if (performance.now() - since >= WORKING_MS) {
      await pause();
      since = performance.now();
    }
    next = parts.next();
  }
  await pause();
  return next.value;
}
