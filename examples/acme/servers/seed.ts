/** Where a server keeps its data: a file in a directory, or memory that is gone with the process where none is named. */
export function databasePath(directory: string | undefined, name: string): string {
  return directory === undefined || directory === '' ? ':memory:' : `${directory}/${name}.sqlite`;
}

/** Customers are numbered from 1 to this; both servers know the same ones. */
export const CUSTOMERS = 400;

/** The same numbers in [0, 1) on every machine, so that the example's data never changes (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number from `least` to `most`, both included. */
export function between(random: () => number, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** One of the values. @throws RangeError when there is none. */
export function pick<Value>(random: () => number, values: readonly Value[]): Value {
  const value = values[between(random, 0, values.length - 1)];
  if (value === undefined) throw new RangeError('There is nothing to pick from.');
  return value;
}

/** A day of 2025 or 2026 as `2026-03-14`; days are counted from the first of 2025. */
export function day(daysSinceStart: number): string {
  return new Date(Date.UTC(2025, 0, 1 + daysSinceStart)).toISOString().slice(0, 10);
}
