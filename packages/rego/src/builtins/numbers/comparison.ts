import { compare, equal } from '../../values/collections.ts';
import type { Value } from '../../values/value.ts';
import type { BuiltinContext, BuiltinGroup } from '../builtin.ts';

/** Values of any type compared in Rego's order. */
export const comparisonBuiltins: BuiltinGroup = {
  gt: (_context: BuiltinContext, left: Value, right: Value) => compare(left, right) > 0,
  gte: (_context: BuiltinContext, left: Value, right: Value) => compare(left, right) >= 0,
  lt: (_context: BuiltinContext, left: Value, right: Value) => compare(left, right) < 0,
  lte: (_context: BuiltinContext, left: Value, right: Value) => compare(left, right) <= 0,
  equal: (_context: BuiltinContext, left: Value, right: Value) => equal(left, right),
  neq: (_context: BuiltinContext, left: Value, right: Value) => !equal(left, right),
};
