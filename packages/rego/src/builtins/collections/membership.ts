import { goSorted } from '../../go/sort.ts';
import { compare, equal, RegoSet, sortedEntries } from '../../values/collections.ts';
import { isArray, isObject } from '../../values/kinds.ts';
import { lookup } from '../../values/objects.ts';
import type { Value } from '../../values/value.ts';
import type { BuiltinGroup } from '../builtin.ts';
import { operandTypeError } from '../operands.ts';

/** `in`, `sort`, `all`, `any` (`v1/topdown/aggregates.go`). */
export const membershipBuiltins: BuiltinGroup = {
  /** `x in collection`; false where it is none. */
  'internal.member_2': (_context, value: Value, collection: Value) => {
    if (collection instanceof RegoSet) return collection.has(value);
    if (isArray(collection)) return collection.some((element) => equal(value, element));
    if (!isObject(collection)) return false;
    return sortedEntries(collection).some(([, member]) => equal(value, member));
  },

  /** `key, value in collection`; false where it is none. */
  'internal.member_3': (_context, key: Value, value: Value, collection: Value) => {
    if (collection instanceof RegoSet) return collection.has(key) && equal(key, value);
    const found = lookup(collection, key);
    return found !== undefined && equal(value, found);
  },

  sort: (_context, collection: Value) => {
    if (isArray(collection)) return goSorted(collection, compare);
    if (collection instanceof RegoSet) return collection.sorted();
    throw operandTypeError(collection, 1, 'set', 'array');
  },

  all: (_context, collection: Value) => membersOf(collection).every((member) => member === true),

  any: (_context, collection: Value) => membersOf(collection).includes(true),
};

function membersOf(collection: Value): readonly Value[] {
  if (isArray(collection)) return collection;
  if (collection instanceof RegoSet) return collection.sorted();
  throw operandTypeError(collection, 1, 'array', 'set');
}
