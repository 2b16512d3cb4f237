import { RegoSet } from '../../values/collections.ts';
import type { Value } from '../../values/value.ts';
import type { BuiltinGroup } from '../builtin.ts';
import { setOperand } from '../operands.ts';

/** Sets (`v1/topdown/sets.go`, `binary.go`). `minus`, which takes numbers too, is among the numbers. */
export const setBuiltins: BuiltinGroup = {
  and: (_context, left: Value, right: Value) => intersect(setOperand(left, 1), setOperand(right, 2)),

  or: (_context, left: Value, right: Value) => union([setOperand(left, 1), setOperand(right, 2)]),

  set_diff: (_context, left: Value, right: Value) => without(setOperand(left, 1), setOperand(right, 2)),

  intersection: (_context, sets: Value) => {
    const [first, ...others] = setOperand(sets, 1)
      .sorted()
      .map((set) => setOperand(set, 1));
    return first === undefined ? new RegoSet() : others.reduce(intersect, first);
  },

  union: (_context, sets: Value) =>
    union(
      setOperand(sets, 1)
        .sorted()
        .map((set) => setOperand(set, 1)),
    ),
};

/** The members of the first set that are not in the second. */
export function without(set: RegoSet, other: RegoSet): RegoSet {
  return RegoSet.ofSorted(set.sorted().filter((member) => !other.has(member)));
}

function intersect(left: RegoSet, right: RegoSet): RegoSet {
  // The smaller set's spelling of equal numbers is kept, as in OPA.
  const [few, many] = right.size < left.size ? [right, left] : [left, right];
  return RegoSet.ofSorted(few.sorted().filter((member) => many.has(member)));
}

function union(sets: readonly RegoSet[]): RegoSet {
  const filled = sets.filter(({ size }) => size > 0);
  const [first = new RegoSet()] = filled;
  return filled.length < 2 ? first : RegoSet.of(filled.flatMap((set) => set.sorted()));
}
