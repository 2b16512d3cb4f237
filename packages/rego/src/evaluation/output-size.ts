import { BigNumber } from '../values/big-number.ts';
import { RegoObject, RegoSet } from '../values/collections.ts';
import { isArray } from '../values/kinds.ts';
import type { Value } from '../values/value.ts';

/** How many levels of arrays, objects and sets a result may have; its text could not be written otherwise. */
const LEVELS_MAX = 1_000;

/** Whether a value's text has about at most so many characters. Looks at no more of it than that. */
export function isWithin(value: Value, charactersMax: number): boolean {
  return charactersLeft(value, charactersMax, 0) >= 0;
}

/** About how many characters a value's text has, or more than `charactersMax`. Looks at no more of it than that. */
export function charactersOf(value: Value, charactersMax: number): number {
  return charactersMax - charactersLeft(value, charactersMax, 0);
}

function charactersLeft(value: Value, budget: number, level: number): number {
  if (typeof value === 'string') return budget - value.length - 2;
  if (typeof value !== 'object' || value === null) return budget - 4;
  if (value instanceof BigNumber) return budget - value.text.length;
  if (level >= LEVELS_MAX) return -1;
  let left = budget - 2;
  if (isArray(value) || value instanceof RegoSet || value instanceof RegoObject) {
    for (const part of partsOf(value)) {
      if (left < 0) return left;
      left = charactersLeft(part, left - 1, level + 1);
    }
    return left;
  }
  for (const key of Object.keys(value)) {
    if (left < 0) return left;
    left = charactersLeft(value[key] as Value, left - key.length - 4, level + 1);
  }
  return left;
}

function partsOf(value: readonly Value[] | RegoSet | RegoObject): readonly Value[] {
  if (value instanceof RegoSet) return value.sorted();
  return value instanceof RegoObject ? value.sorted().flat() : value;
}
