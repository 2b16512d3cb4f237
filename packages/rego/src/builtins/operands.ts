import { type BigNumber, exactInteger, int64Of } from '../values/big-number.ts';
import { RegoSet } from '../values/collections.ts';
import { isArray, isNumber, isObject, typeName } from '../values/kinds.ts';
import type { ObjectValue, Value } from '../values/value.ts';
import { BuiltinError } from './builtin.ts';

// What OPA says of an operand of the wrong type (`v1/topdown/builtins/builtins.go`). Positions count from 1.

/** An operand is not what the built-in takes: `operand 1 must be string but got number`. */
export function operandTypeError(value: Value, position: number, ...expected: string[]): BuiltinError {
  const [only = ''] = expected;
  const wanted = expected.length === 1 ? only : `one of {${expected.join(', ')}}`;
  return operandError(position, `must be ${wanted} but got ${typeName(value)}`);
}

/** An operand's element is not what the built-in takes. */
export function operandElementError(
  { operand, element }: { readonly operand: Value; readonly element: Value },
  position: number,
  ...expected: string[]
): BuiltinError {
  const type = typeName(operand);
  const wanted =
    expected.length === 1 ? `${type} of ${expected[0]}s` : `${type} of (any of) {${expected.join(', ')}}`;
  return operandError(position, `must be ${wanted} but got ${type} containing ${typeName(element)}`);
}

/** An operand is not one of the values the built-in takes. */
export function operandEnumError(position: number, ...expected: string[]): BuiltinError {
  return operandError(
    position,
    expected.length === 1 ? `must be ${expected[0]}` : `must be one of {${expected.join(', ')}}`,
  );
}

/** An operand is refused for a reason of its own. */
export function operandError(position: number, message: string): BuiltinError {
  return new BuiltinError(`operand ${position} ${message}`, 'eval_type_error');
}

export function stringOperand(value: Value, position: number): string {
  if (typeof value === 'string') return value;
  throw operandTypeError(value, position, 'string');
}

export function numberOperand(value: Value, position: number): number | BigNumber {
  if (isNumber(value)) return value;
  throw operandTypeError(value, position, 'number');
}

export function arrayOperand(value: Value, position: number): readonly Value[] {
  if (isArray(value)) return value;
  throw operandTypeError(value, position, 'array');
}

export function setOperand(value: Value, position: number): RegoSet {
  if (value instanceof RegoSet) return value;
  throw operandTypeError(value, position, 'set');
}

export function objectOperand(value: Value, position: number): ObjectValue {
  if (isObject(value)) return value;
  throw operandTypeError(value, position, 'object');
}

/** A 64-bit integer written as one: `1.0` is one, `1e3` is refused. */
export function integerOperand(value: Value, position: number): bigint {
  const integer = int64Of(numberOperand(value, position));
  if (integer !== undefined) return integer;
  throw operandError(position, 'must be integer number but got floating-point number');
}

/** An integer of any size and spelling: `1.0` and `1e3` are integers. */
export function bigIntegerOperand(value: Value, position: number): bigint {
  if (!isNumber(value)) throw operandTypeError(value, position, 'integer');
  const integer = exactInteger(value);
  if (integer !== undefined) return integer;
  throw operandError(position, 'must be integer number but got floating-point number');
}

/** The strings of an array or a set, in its order. */
export function stringsOperand(value: Value, position: number): readonly string[] {
  if (!isArray(value) && !(value instanceof RegoSet)) throw operandTypeError(value, position, 'array', 'set');
  const elements = isArray(value) ? value : value.sorted();
  return elements.map((element) => {
    if (typeof element === 'string') return element;
    throw operandElementError({ operand: value, element }, position, 'string');
  });
}
