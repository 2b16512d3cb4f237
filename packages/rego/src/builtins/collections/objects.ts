import { RegoSet, sortedEntries, sortedKeys } from '../../values/collections.ts';
import { isArray, isObject, isPlainObject } from '../../values/kinds.ts';
import { insert, lookup, memberOf, objectOf } from '../../values/objects.ts';
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
    merge(objectOperand(left, 1), objectOperand(right, 2), 'under'),

  'object.union_n': (context, objects: Value) => {
    const array = arrayOperand(objects, 1);
    return array.reduce<ObjectValue>((merged, element) => {
      // Each merge copies what is merged so far.
      context.checkLimits();
      if (isObject(element)) return merge(merged, element, 'over');
      throw operandElementError({ operand: array, element }, 1, 'object');
    }, {});
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

/**
 * Two objects, one over the other; where both have an object under a key, these are merged. A key of both, which may be a number
 * in two spellings, is spelled as in the object that is named.
 */
function merge(under: ObjectValue, over: ObjectValue, spelling: 'under' | 'over'): ObjectValue {
  const [first, second] = spelling === 'under' ? [under, over] : [over, under];
  let merged: ObjectValue = isPlainObject(first) ? { ...first } : objectOf(first.sorted());
  for (const [key, value] of sortedEntries(second)) {
    const [below, above] = [memberOf(under, key), memberOf(over, key)];
    const areObjects = below !== undefined && above !== undefined && isObject(below) && isObject(above);
    merged = insert(
      merged,
      key,
      areObjects ? merge(below, above, spelling) : above === undefined ? value : above,
    );
  }
  return merged;
}
