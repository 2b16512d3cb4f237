import { equal, RegoSet, sortedEntries } from '../../values/collections.ts';
import { isArray, isObject } from '../../values/kinds.ts';
import { memberOf } from '../../values/objects.ts';
import type { ObjectValue, Value } from '../../values/value.ts';
import { BuiltinError, type BuiltinGroup } from '../builtin.ts';

/** `object.subset` (`v1/topdown/subset.go`), which takes pairs of sets and arrays too. */
export const subsetBuiltins: BuiltinGroup = {
  'object.subset': (_context, whole: Value, part: Value) => {
    const within = isWithin(whole, part);
    if (within !== undefined) return within;
    if (isArray(whole) && part instanceof RegoSet) return holdsAll(whole, part);
    throw new BuiltinError(
      'both arguments object.subset must be of the same type or array and set',
      'eval_type_error',
    );
  },
};

/** Whether a part is within a whole of the same type, or undefined where the types differ or are scalar. */
function isWithin(whole: Value, part: Value): boolean | undefined {
  if (isObject(whole) && isObject(part)) return hasEntries(whole, part);
  if (whole instanceof RegoSet && part instanceof RegoSet) {
    return part.sorted().every((member) => whole.has(member));
  }
  return isArray(whole) && isArray(part) ? hasRun(whole, part) : undefined;
}

function hasEntries(whole: ObjectValue, part: ObjectValue): boolean {
  return sortedEntries(part).every(([key, value]) => {
    const found = memberOf(whole, key);
    if (found === undefined) return false;
    return equal(found, value) || isWithin(found, value) === true;
  });
}

/** Whether a row of elements occurs in an array, by OPA's search, which does not go back after a partial match. */
function hasRun(whole: readonly Value[], part: readonly Value[]): boolean {
  let start = 0;
  let matched = 0;
  while (matched < part.length) {
    if (start + matched >= whole.length) return false;
    if (equal(whole[start + matched] as Value, part[matched] as Value)) {
      matched += 1;
    } else {
      start += 1;
      matched = 0;
    }
  }
  return true;
}

/** Whether an array holds as many members of a set as the set has; one that occurs twice counts twice, as in OPA. */
function holdsAll(array: readonly Value[], set: RegoSet): boolean {
  let unmatched = set.size;
  for (const element of array) {
    if (set.has(element)) unmatched -= 1;
    if (unmatched === 0) return true;
  }
  return false;
}
