import { BigNumber } from './big-number.ts';
import { RegoObject, RegoSet } from './collections.ts';
import { isArray } from './kinds.ts';
import type { Entry, ObjectValue, PlainObject, Value } from './value.ts';

/** The value at a key, or undefined where there is none. */
export function memberOf(object: ObjectValue, key: Value): Value | undefined {
  if (object instanceof RegoObject) return object.get(key);
  return typeof key === 'string' && Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The number of keys. */
export function sizeOf(object: ObjectValue): number {
  return object instanceof RegoObject ? object.size : Object.keys(object).length;
}

/** An object of the given entries; of equal keys the last one counts. */
export function objectOf(entries: Iterable<Entry>): ObjectValue {
  let object: ObjectValue = {};
  for (const [key, value] of entries) object = insert(object, key, value);
  return object;
}

/**
 * Puts an entry into an object that is still being built.
 * @returns the object to go on with: another one when the key is the first that is not a string.
 */
export function insert(object: ObjectValue, key: Value, value: Value): ObjectValue {
  if (object instanceof RegoObject) {
    object.set(key, value);
    return object;
  }
  if (typeof key === 'string') {
    setMember(object, key, value);
    return object;
  }
  const wider = new RegoObject();
  for (const name of Object.keys(object)) wider.set(name, object[name] as Value);
  wider.set(key, value);
  return wider;
}

/** Sets a key of a plain object that is still being built. */
export function setMember(object: PlainObject, key: string, value: Value): void {
  if (key === '__proto__') {
    // An assignment would set the prototype.
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    (object as Record<string, Value>)[key] = value;
  }
}

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
