import { BigNumber } from './big-number.ts';
import { RegoSet } from './collections.ts';
import { isArray } from './kinds.ts';
import { memberOf } from './objects.ts';
import type { Value } from './value.ts';

/** Go reads no longer number as a position. */
const POSITION_CHARACTERS_MAX = 19;

/**
 * What stands in a value under a key: an array's element, an object's value, of a set the key itself.
 * @returns undefined where there is none, and for every scalar.
 */
export function lookup(value: Value, key: Value): Value | undefined {
  if (typeof value !== 'object' || value === null || value instanceof BigNumber) return undefined;
  // OPA goes on with the key as it is spelled, not with the member (`evalTerm.get`).
  if (value instanceof RegoSet) return value.has(key) ? key : undefined;
  if (!isArray(value)) return memberOf(value, key);
  if (typeof key === 'number') return Number.isInteger(key) && key >= 0 ? value[key] : undefined;
  return key instanceof BigNumber ? elementAt(value, key.text) : undefined;
}

/** Positions that are spelled with nothing but zeros after the point count, those with an exponent do not (`Atoi64`). */
function elementAt(array: readonly Value[], text: string): Value | undefined {
  const match = /^(-?)(\d+)(?:\.0*)?$/.exec(text);
  if (match === null || text.replace('-', '').length > POSITION_CHARACTERS_MAX) return undefined;
  const [, sign = '', digits = ''] = match;
  const position = Number(digits);
  return sign === '-' && position > 0 ? undefined : array[position];
}
