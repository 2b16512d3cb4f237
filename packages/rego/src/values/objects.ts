import { RegoObject } from './collections.ts';
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
