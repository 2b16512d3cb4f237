/** Code points as bounds: lowest and highest of each run in turns, in order, no two runs touching. */
export type Ranges = readonly number[];

export const CODE_POINT_MAX = 0x10ffff;

/** Bounds in any order, overlapping or not, as ranges. */
export function rangesOf(bounds: readonly number[]): Ranges {
  const pairs: [number, number][] = [];
  for (let index = 0; index < bounds.length; index += 2)
    pairs.push([bounds[index] as number, bounds[index + 1] as number]);
  pairs.sort(([left], [right]) => left - right);
  const ranges: number[] = [];
  for (const [low, high] of pairs) {
    const last = ranges.at(-1);
    if (last !== undefined && low <= last + 1) ranges[ranges.length - 1] = Math.max(last, high);
    else ranges.push(low, high);
  }
  return ranges;
}

/** All other code points. */
export function negated(ranges: Ranges): Ranges {
  const others: number[] = [];
  let next = 0;
  for (let index = 0; index < ranges.length; index += 2) {
    const low = ranges[index] as number;
    if (low > next) others.push(next, low - 1);
    next = (ranges[index + 1] as number) + 1;
  }
  if (next <= CODE_POINT_MAX) others.push(next, CODE_POINT_MAX);
  return others;
}

/** Whether a code point is among them. */
export function includes(ranges: Ranges, codePoint: number): boolean {
  let low = 0;
  let high = ranges.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (codePoint < (ranges[2 * middle] as number)) high = middle;
    else if (codePoint > (ranges[2 * middle + 1] as number)) low = middle + 1;
    else return true;
  }
  return false;
}
