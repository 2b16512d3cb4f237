import { BigNumber } from './big-number.ts';
import { RegoObject, RegoSet } from './collections.ts';
import type { ObjectValue, PlainObject, Value } from './value.ts';

/** What Rego's `type_name` says of a value. */
export type TypeName = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' | 'set';

/** The Rego type of a value. */
export function typeName(value: Value): TypeName {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'array';
      if (value instanceof RegoSet) return 'set';
      return value instanceof BigNumber ? 'number' : 'object';
  }
}

/** Whether a value is an array. `Array.isArray` alone does not narrow read-only arrays. */
export function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Whether a value is a number, whatever its size and spelling. */
export function isNumber(value: Value): value is number | BigNumber {
  return typeof value === 'number' || value instanceof BigNumber;
}

/** Whether a value is an object, whatever its keys. */
export function isObject(value: Value): value is ObjectValue {
  return value instanceof RegoObject || isPlainObject(value);
}

/** Whether a value is an object all of whose keys are strings. */
export function isPlainObject(value: Value): value is PlainObject {
  return typeof value === 'object' && typeName(value) === 'object' && !(value instanceof RegoObject);
}
