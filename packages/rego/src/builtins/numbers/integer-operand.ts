import { exactInteger } from '../../values/big-number.ts';
import { isNumber } from '../../values/kinds.ts';
import type { Value } from '../../values/value.ts';
import { operandError, operandTypeError } from '../operands.ts';

/** An integer of any size and spelling: `1.0` and `1e3` are integers. */
export function bigIntegerOperand(value: Value, position: number): bigint {
  if (!isNumber(value)) throw operandTypeError(value, position, 'integer');
  const integer = exactInteger(value);
  if (integer !== undefined) return integer;
  throw operandError(position, 'must be integer number but got floating-point number');
}
