import { RegoSet, sortedEntries, sortedKeys } from '../../values/collections.ts';
import { isArray, isObject, isPlainObject } from '../../values/kinds.ts';
import { lookup, memberOf, objectOf, setMember } from '../../values/objects.ts';
import type { ObjectValue, Value } from '../../values/value.ts';
import type { BuiltinGroup } from '../builtin.ts';
import { arrayOperand, objectOperand, operandElementError, operandTypeError } from '../operands.ts';

/** `object.*` (`v1/topdown/object.go`); `object.subset` stands by itself. */
export const objectBuiltins: BuiltinGroup = {
  'object.filter': (_context, object: Value, keys: Value) => {
    const entries = sortedEntries(objectOperand(object, 1));
    const kept = keysOperand(keys);
    return objectOf(entries.filter(([key]) => kept.has(key)));
  },

  /** With an array as key: what stands at the end of the path, which may lead through arrays and sets. */
  'object.get': (_context, object: Value, key: Value, fallback: Value) => {
    const from = objectOperand(object, 1);
    const found = isArray(key) ? atPath(from, key) : memberOf(from, key);
    return found === undefined ? fallback : found;
  },

  'object.keys': (_context, value: Value) => {
    const object = objectOperand(value, 1);
    return RegoSet.ofSorted(
      isPlainObject(object) ? sortedKeys(object) : sortedEntries(object).map(([key]) => key),
    );
  },

  'object.remove': (_context, object: Value, keys: Value) => {
    const entries = sortedEntries(objectOperand(object, 1));
    const removed = keysOperand(keys);
    return objectOf(entries.filter(([key]) => !removed.has(key)));
  },

  'object.union': (_context, left: Value, right: Value) =>
    merge(objectOperand(left, 1), objectOperand(right, 2)),

  'object.union_n': (_context, objects: Value) => {
    const array = arrayOperand(objects, 1);
    return mergeAll(
      array.map((element) => {
        if (isObject(element)) return element;
        throw operandElementError({ operand: array, element }, 1, 'object');
      }),
    );
  },
};

function atPath(from: Value, path: readonly Value[]): Value | undefined {
  let found: Value | undefined = from;
  for (const step of path) {
    found = lookup(found, step);
    if (found === undefined) return undefined;
  }
  return found;
}

function keysOperand(keys: Value): RegoSet {
  if (keys instanceof RegoSet) return keys;
  if (isArray(keys)) return RegoSet.of(keys);
  if (isObject(keys)) return RegoSet.of(sortedEntries(keys).map(([key]) => key));
  throw operandTypeError(keys, 2, 'object', 'set', 'array');
}

/** Two objects, the right one over the left; where both have an object under a key, these are merged. */
function merge(left: ObjectValue, right: ObjectValue): ObjectValue {
  if (!isPlainObject(left) || !isPlainObject(right)) return mergeAll([left, right]);
  const merged = { ...left };
  for (const key of Object.keys(right)) {
    const [under, over] = [memberOf(left, key), right[key] as Value];
    const areObjects = under !== undefined && isObject(under) && isObject(over);
    setMember(merged, key, areObjects ? merge(under, over) : over);
  }
  return merged;
}

/**
 * Objects over one another: of a key's values the last counts, merged with those right before it as long as all are
 * objects.
 */
function mergeAll(objects: readonly ObjectValue[]): ObjectValue {
  const keys = RegoSet.of(objects.flatMap((object) => sortedEntries(object).map(([key]) => key)));
  return objectOf(keys.sorted().map((key) => [key, mergedAt(objects, key)] as const));
}

function mergedAt(objects: readonly ObjectValue[], key: Value): Value {
  const values = objects.map((object) => memberOf(object, key)).filter((value) => value !== undefined);
  const last = values.at(-1) as Value;
  const before = values.findLastIndex((value) => !isObject(value));
  const merged = values.slice(before + 1) as ObjectValue[];
  return merged.length > 1 ? mergeAll(merged) : last;
}
