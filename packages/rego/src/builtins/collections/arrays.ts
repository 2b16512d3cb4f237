import { isArray } from '../../values/kinds.ts';
import type { Value } from '../../values/value.ts';
import type { BuiltinGroup } from '../builtin.ts';
import { arrayOperand, integerOperand } from '../operands.ts';

/** `array.*` (`v1/topdown/array.go`). */
export const arrayBuiltins: BuiltinGroup = {
  'array.concat': (_context, left: Value, right: Value) => [
    ...arrayOperand(left, 1),
    ...arrayOperand(right, 2),
  ],

  /** One level of nesting is taken away. */
  'array.flatten': (_context, array: Value) =>
    arrayOperand(array, 1).flatMap((element) => (isArray(element) ? element : [element])),

  'array.reverse': (_context, array: Value) => arrayOperand(array, 1).toReversed(),

  /** Bounds outside of the array are moved to it, and a start behind the stop gives nothing. */
  'array.slice': (_context, array: Value, start: Value, stop: Value) => {
    const elements = arrayOperand(array, 1);
    const [from, to] = [integerOperand(start, 2), integerOperand(stop, 3)];
    const end = within(to, elements.length);
    return elements.slice(within(from, end), end);
  },
};

function within(index: bigint, end: number): number {
  if (index < 0n) return 0;
  return index > end ? end : Number(index);
}
