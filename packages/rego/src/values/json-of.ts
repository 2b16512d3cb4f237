import { BigNumber } from './big-number.ts';
import { RegoObject, RegoSet } from './collections.ts';
import { isArray } from './kinds.ts';
import type { PlainObject, Value } from './value.ts';
import { writeJson } from './write-json.ts';

/** What `JSON.parse` makes of a document. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** An object as `JSON.parse` makes it. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/**
 * The value as `JSON.parse(writeJson(value))` gives it: sets are arrays, numbers are doubles. Parts that are JSON
 * already are shared, not copied.
 * @throws {SyntaxError} as `writeJson` does.
 */
export function jsonOf(value: Value): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (isArray(value)) return jsonOfArray(value);
  if (value instanceof RegoSet) return jsonOfArray(value.sorted());
  if (value instanceof BigNumber || value instanceof RegoObject) return JSON.parse(writeJson(value));
  return jsonOfObject(value);
}

function jsonOfArray(array: readonly Value[]): readonly JsonValue[] {
  for (let index = 0; index < array.length; index++) {
    const element = array[index] as Value;
    if (isScalar(element)) continue;
    const json = jsonOf(element);
    // From the first element that changes on, the array has to be another one.
    if (json !== element) return array.map(jsonOf);
  }
  return array as readonly JsonValue[];
}

function jsonOfObject(object: PlainObject): JsonObject {
  for (const key of Object.keys(object)) {
    const member = object[key] as Value;
    if (isScalar(member) || jsonOf(member) === member) continue;
    return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, jsonOf(value)]));
  }
  return object as JsonObject;
}

function isScalar(value: Value): boolean {
  return typeof value !== 'object' || value === null;
}
