import { integerOf } from '../../values/big-number.ts';
import type { Value } from '../../values/value.ts';
import type { BuiltinContext, BuiltinGroup } from '../builtin.ts';
import { bigIntegerOperand, operandError } from '../operands.ts';
import { boundedShift } from './bounded-integer.ts';

/** Bits of integers of any size, negative ones in two's complement. */
export const bitsBuiltins: BuiltinGroup = {
  'bits.or': binary((left, right) => left | right),
  'bits.and': binary((left, right) => left & right),
  'bits.xor': binary((left, right) => left ^ right),
  'bits.negate': (_context: BuiltinContext, value: Value) => integerOf(~bigIntegerOperand(value, 1)),
  'bits.lsh': binary((value, count) => boundedShift(value, shiftCount(count))),
  'bits.rsh': binary((value, count) => value >> shiftCount(count)),
};

function binary(compute: (left: bigint, right: bigint) => bigint) {
  return (_context: BuiltinContext, left: Value, right: Value): Value => {
    const first = bigIntegerOperand(left, 1);
    return integerOf(compute(first, bigIntegerOperand(right, 2)));
  };
}

/** Go takes the low 64 bits of a count. */
function shiftCount(count: bigint): bigint {
  if (count >= 0n) return BigInt.asUintN(64, count);
  throw operandError(2, 'must be an unsigned integer number but got a negative integer');
}
