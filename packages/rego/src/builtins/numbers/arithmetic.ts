import {
  addFloats,
  type BigFloat,
  bigFloatText,
  divideFloats,
  floatOfDouble,
  floatOfInteger,
  floatOfLiteral,
  integerPart,
  multiplyFloats,
  subtractFloats,
} from '../../go/big-float.ts';
import {
  type BigNumber,
  exactInteger,
  int64Of,
  integerOf,
  literalOf,
  numberOf,
} from '../../values/big-number.ts';
import { RegoSet } from '../../values/collections.ts';
import { isNumber } from '../../values/kinds.ts';
import type { Value } from '../../values/value.ts';
import { type BuiltinContext, BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { numberOperand, operandTypeError } from '../operands.ts';
import { boundedInteger } from './bounded-integer.ts';

type NumberValue = number | BigNumber;

/** Integers of 32 bits are computed with as such; OPA has other rules for what lies beyond. */
const SMALL_MIN = -(2 ** 31);
const SMALL_MAX = 2 ** 31 - 1;

/** The number as OPA's `big.Float` of 64 bits. */
export function floatOf(value: NumberValue): BigFloat {
  return floatOfLiteral(literalOf(value));
}

/** The number that OPA makes of a float. */
export function numberOfFloat(value: BigFloat): NumberValue {
  return numberOf(bigFloatText(value));
}

/** Rego's arithmetic: exact on integers of any size, else on binary floats of 64 bits. */
export const arithmeticBuiltins: BuiltinGroup = {
  plus: (context: BuiltinContext, left: Value, right: Value) => {
    const [a, b] = numberOperands(left, right);
    return (
      smallResult(a, b, (x, y) => x + y) ??
      exactResult(context, [a, b], (x, y) => x + y) ??
      floatResult(a, b, addFloats)
    );
  },
  minus: (context: BuiltinContext, left: Value, right: Value) => {
    if (left instanceof RegoSet && right instanceof RegoSet) return difference(left, right);
    if (!isNumber(left) && !(left instanceof RegoSet)) throw operandTypeError(left, 1, 'number', 'set');
    if (!isNumber(left)) throw operandTypeError(right, 2, isNumber(right) ? 'set' : 'number');
    if (!isNumber(right)) throw operandTypeError(right, 2, 'number');
    return (
      smallResult(left, right, (x, y) => x - y) ??
      exactResult(context, [left, right], (x, y) => x - y) ??
      floatResult(left, right, subtractFloats)
    );
  },
  mul: (context: BuiltinContext, left: Value, right: Value) => {
    const [a, b] = numberOperands(left, right);
    return (
      smallResult(a, b, (x, y) => x * y) ??
      exactResult(context, [a, b], (x, y) => x * y) ??
      floatResult(a, b, multiplyFloats)
    );
  },
  div: (context: BuiltinContext, left: Value, right: Value) => {
    const [a, b] = numberOperands(left, right);
    const [x, y] = [smallOf(a), smallOf(b)];
    if (x !== undefined && x !== 0 && y !== undefined && y !== 0 && x % y === 0) return x / y;
    checkIfLarge(context, a);
    checkIfLarge(context, b);
    const divisor = floatOf(b);
    if (divisor.mantissa === 0n) throw new BuiltinError('divide by zero');
    return numberOfFloat(divideFloats(floatOf(a), divisor));
  },
  rem: (context: BuiltinContext, left: Value, right: Value) => {
    const [a, b] = numberOperands(left, right);
    checkIfLarge(context, a);
    checkIfLarge(context, b);
    const x = exactInteger(a);
    const y = x === undefined ? undefined : exactInteger(b);
    if (x === undefined || y === undefined) throw new BuiltinError('modulo on floating-point number');
    if (y === 0n) throw new BuiltinError('modulo by zero');
    return integerOf(x % y);
  },
  abs: unary(Math.abs, (value) => ({ ...value, isNegative: false })),
  round: unary(identity, rounded),
  ceil: unary(identity, ceiling),
  floor: unary(identity, floor),
};

function numberOperands(left: Value, right: Value): readonly [NumberValue, NumberValue] {
  return [numberOperand(left, 1), numberOperand(right, 2)];
}

/** The result where both numbers and the result are integers that a double holds. */
function smallResult(
  a: NumberValue,
  b: NumberValue,
  compute: (x: number, y: number) => number,
): number | undefined {
  if (!Number.isInteger(a) || !Number.isInteger(b)) return undefined;
  const result = compute(a as number, b as number);
  // Adding 0 turns -0 into 0.
  return Number.isSafeInteger(result) ? result + 0 : undefined;
}

function exactResult(
  context: BuiltinContext,
  [a, b]: readonly [NumberValue, NumberValue],
  compute: (x: bigint, y: bigint) => bigint,
): NumberValue | undefined {
  const x = exactInteger(a);
  checkIfLarge(context, a);
  const y = x === undefined ? undefined : exactInteger(b);
  checkIfLarge(context, b);
  if (x === undefined || y === undefined) return undefined;
  const result = boundedInteger(compute(x, y));
  checkIfLarge(context, b);
  return integerOf(result);
}

/** Reading a number of very many digits takes as long as computing with it, and as writing the result. */
function checkIfLarge(context: BuiltinContext, number: NumberValue): void {
  if (typeof number !== 'number') context.checkLimits();
}

function floatResult(
  a: NumberValue,
  b: NumberValue,
  compute: (x: BigFloat, y: BigFloat) => BigFloat,
): NumberValue {
  return numberOfFloat(compute(floatOf(a), floatOf(b)));
}

function unary(ofSmall: (value: number) => number, ofFloat: (value: BigFloat) => BigFloat) {
  return (context: BuiltinContext, operand: Value): Value => {
    const number = numberOperand(operand, 1);
    checkIfLarge(context, number);
    const small = smallOf(number);
    return small === undefined ? numberOfFloat(ofFloat(floatOf(number))) : ofSmall(small);
  };
}

function smallOf(value: NumberValue): number | undefined {
  const integer = typeof value === 'number' ? value : Number(int64Of(value) ?? Number.NaN);
  return Number.isInteger(integer) && integer >= SMALL_MIN && integer <= SMALL_MAX ? integer : undefined;
}

function identity(value: number): number {
  return value;
}

/** Halves away from zero. */
function rounded(value: BigFloat): BigFloat {
  const half = floatOfDouble(0.5);
  const moved = value.isNegative ? subtractFloats(value, half) : addFloats(value, half);
  return floatOfInteger(integerPart(moved));
}

function ceiling(value: BigFloat): BigFloat {
  const whole = floatOfInteger(integerPart(value));
  if (whole.isNegative || isSame(value, whole)) return whole;
  // A fraction between -1 and 0 comes here too, so its ceiling is 1 in OPA.
  return addFloats(whole, floatOfDouble(1));
}

function floor(value: BigFloat): BigFloat {
  const whole = floatOfInteger(integerPart(value));
  if (!whole.isNegative || isSame(value, whole)) return whole;
  return subtractFloats(whole, floatOfDouble(1));
}

function isSame(left: BigFloat, right: BigFloat): boolean {
  return subtractFloats({ ...left, precision: Number.MAX_SAFE_INTEGER }, right).mantissa === 0n;
}

function difference(left: RegoSet, right: RegoSet): RegoSet {
  return RegoSet.of(left.sorted().filter((member) => !right.has(member)));
}
