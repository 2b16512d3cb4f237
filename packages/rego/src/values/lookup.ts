import { BigNumber } from './big-number.ts';
import { RegoSet } from './collections.ts';
import { isArray } from './kinds.ts';
import { memberOf } from './objects.ts';
import type { Value } from './value.ts';

/**
 * What stands in a value under a key: an array's element, an object's value, a set's member.
 * @returns undefined where there is none, and for every scalar.
 */
export function lookup(value: Value, key: Value): Value | undefined {
  if (typeof value !== 'object' || value === null || value instanceof BigNumber) return undefined;
  if (value instanceof RegoSet) return value.get(key);
  if (!isArray(value)) return memberOf(value, key);
  if (typeof key === 'number') return Number.isInteger(key) && key >= 0 ? value[key] : undefined;
  // Go reads an index as an integer literal: `1.0` is none, `-0` is one.
  return key instanceof BigNumber && key.text === '-0' ? value[0] : undefined;
}
