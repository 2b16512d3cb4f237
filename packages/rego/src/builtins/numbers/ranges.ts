import { integerOf } from '../../values/big-number.ts';
import type { Value } from '../../values/value.ts';
import { type BuiltinContext, BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { bigIntegerOperand } from '../operands.ts';

/** Numbers of the longest range that is made; OPA goes on until it is cancelled. */
const RANGE_SIZE_MAX = 10_000_000n;

/** Numbers that are made between two looks at the limits. */
const NUMBERS_PER_CHECK = 1024;

/** Arrays of integers from one to another, both included, upwards or downwards. */
export const rangeBuiltins: BuiltinGroup = {
  'numbers.range': (context: BuiltinContext, from: Value, to: Value) => {
    const first = bigIntegerOperand(from, 1);
    return range(context, { first, last: bigIntegerOperand(to, 2), step: 1n });
  },
  'numbers.range_step': (context: BuiltinContext, from: Value, to: Value, by: Value) => {
    const first = bigIntegerOperand(from, 1);
    const last = bigIntegerOperand(to, 2);
    const step = bigIntegerOperand(by, 3);
    if (step <= 0n) throw new BuiltinError('numbers.range_step: step must be a positive integer');
    return range(context, { first, last, step });
  },
};

interface Range {
  readonly first: bigint;
  readonly last: bigint;
  readonly step: bigint;
}

function range(context: BuiltinContext, { first, last, step }: Range): Value {
  const isUp = first <= last;
  const count = (isUp ? last - first : first - last) / step + 1n;
  if (count > RANGE_SIZE_MAX) throw new RangeError(`range of more than ${RANGE_SIZE_MAX} numbers`);
  const numbers: Value[] = [];
  for (let next = first; numbers.length < count; next = isUp ? next + step : next - step) {
    if (numbers.length % NUMBERS_PER_CHECK === 0) context.checkLimits();
    numbers.push(integerOf(next));
  }
  return numbers;
}
