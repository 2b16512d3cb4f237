import { numberText } from '../../../values/big-number.ts';
import { isNumber } from '../../../values/kinds.ts';
import type { Value } from '../../../values/value.ts';
import { BuiltinError } from '../../builtin.ts';

/** The index that a step stands for in an array; `-` is the one after the last element. @throws {BuiltinError} */
export function arrayIndex(step: Value, length: number): number {
  if (step === '-') return length;
  if (isNumber(step)) return integerOf(numberText(step), 'invalid number type for indexing');
  if (typeof step !== 'string') throw new BuiltinError('invalid type for indexing');
  const index = integerOf(step, 'invalid string for indexing');
  if (step !== '0' && step.startsWith('0'))
    throw new BuiltinError('leading zeros are not allowed in JSON paths');
  return index;
}

/** As OPA reads an integer: of at most 19 characters, where a point and zeros may follow the digits. */
function integerOf(text: string, problem: string): number {
  const match = /^([+-]?)(?=.{1,19}$)(\d*)(?:\.0*)?$/.exec(text);
  if (match === null) throw new BuiltinError(problem);
  const integer = BigInt(`${match[2] || 0}`) * (match[1] === '-' ? -1n : 1n);
  if (BigInt.asIntN(64, integer) !== integer) throw new BuiltinError(problem);
  return Number(integer);
}
