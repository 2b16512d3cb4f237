import { equal, RegoSet, sortedEntries } from '../../values/collections.ts';
import { isArray, isObject } from '../../values/kinds.ts';
import { memberOf } from '../../values/objects.ts';
import type { ObjectValue, Value } from '../../values/value.ts';
import { type BuiltinContext, BuiltinError, type BuiltinGroup } from '../builtin.ts';

/** Elements, which may be large, that are compared between two looks at the limits. */
const ELEMENTS_PER_CHECK = 16;

/** `object.subset` (`v1/topdown/subset.go`), which takes pairs of sets and arrays too. */
export const subsetBuiltins: BuiltinGroup = {
  'object.subset': (context, whole: Value, part: Value) => {
    const within = isWithin(context, whole, part);
    if (within !== undefined) return within;
    if (isArray(whole) && part instanceof RegoSet) return holdsAll(whole, part);
    throw new BuiltinError(
      'both arguments object.subset must be of the same type or array and set',
      'eval_type_error',
    );
  },
};

/** Whether a part is within a whole of the same type, or undefined where the types differ or are scalar. */
function isWithin(context: BuiltinContext, whole: Value, part: Value): boolean | undefined {
  if (isObject(whole) && isObject(part)) return hasEntries(context, whole, part);
  if (whole instanceof RegoSet && part instanceof RegoSet) {
    return part.sorted().every((member) => whole.has(member));
  }
  return isArray(whole) && isArray(part) ? hasRun(context, whole, part) : undefined;
}

function hasEntries(context: BuiltinContext, whole: ObjectValue, part: ObjectValue): boolean {
  return sortedEntries(part).every(([key, value]) => {
    context.checkLimits();
    const found = memberOf(whole, key);
    if (found === undefined) return false;
    return equal(found, value) || isWithin(context, found, value) === true;
  });
}

/** Whether a row of elements occurs in an array, by OPA's search, which does not go back after a partial match. */
function hasRun(context: BuiltinContext, whole: readonly Value[], part: readonly Value[]): boolean {
  let start = 0;
  let matched = 0;
  for (let compared = 0; matched < part.length; compared++) {
    if (compared % ELEMENTS_PER_CHECK === 0) context.checkLimits();
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
