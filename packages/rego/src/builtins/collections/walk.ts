import { RegoSet, sortedEntries } from '../../values/collections.ts';
import { isArray, isObject } from '../../values/kinds.ts';
import type { Entry, Value } from '../../values/value.ts';
import type { BuiltinContext, BuiltinGroup } from '../builtin.ts';

/**
 * `walk` (`v1/topdown/walk.go`): a relation, given as the array of its `[path, value]` pairs in OPA's order: a value
 * before what it holds.
 */
export const walkBuiltins: BuiltinGroup = {
  walk: (context, value: Value) => {
    const pairs: Value[] = [];
    collect(context, { path: [], value, pairs });
    return pairs;
  },
};

interface Step {
  readonly path: readonly Value[];
  readonly value: Value;
  readonly pairs: Value[];
}

function collect(context: BuiltinContext, { path, value, pairs }: Step): void {
  context.checkLimits();
  pairs.push([path, value]);
  for (const [key, child] of childrenOf(value)) {
    collect(context, { path: [...path, key], value: child, pairs });
  }
}

function childrenOf(value: Value): Iterable<Entry> {
  if (isArray(value)) return value.entries();
  if (value instanceof RegoSet) return value.sorted().map((member) => [member, member] as const);
  return isObject(value) ? sortedEntries(value) : [];
}
