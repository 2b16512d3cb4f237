import type { Literal } from '../values/big-number.ts';
import {
  type Digits,
  digitsOfBinary,
  fixedText,
  generalText,
  roundDigits,
  roundDigitsDown,
  roundDigitsUp,
} from './digits.ts';

/** Bits of the mantissa that Go's `big.Float` keeps of a number that is read from text. */
const PRECISION = 64;

/** Largest power of five that Go reads into one word. */
const WORD_POWER = 27;

/** Powers of two beyond which a number is not computed with: its text alone would take megabytes. */
const EXPONENT_MAX = 1 << 20;

/** A binary float as Go's `big.Float`: `mantissa * 2 ** exponent`, rounded half to even to `precision` bits. */
export interface BigFloat {
  readonly isNegative: boolean;
  /** Not negative. */
  readonly mantissa: bigint;
  readonly exponent: number;
  readonly precision: number;
}

/** A float of an integer: of at least 64 bits, and of as many as the integer has. */
export function floatOfInteger(value: bigint): BigFloat {
  const mantissa = value < 0n ? -value : value;
  return {
    isNegative: value < 0n,
    mantissa,
    exponent: 0,
    precision: Math.max(bitLength(mantissa), PRECISION),
  };
}

/** 1/2, 1 and the like, which Go makes from a double. */
export function floatOfDouble(value: 0.5 | 1): BigFloat {
  return { isNegative: false, mantissa: 1n, exponent: value === 1 ? 0 : -1, precision: 53 };
}

/** A number of 64 bits from its text. Powers of ten are computed as Go does, whose own rounding shows in the result. */
export function floatOfLiteral({ isNegative, digits, exponent, base }: Literal): BigFloat {
  const mantissa = { isNegative, mantissa: digits, exponent: 0, precision: PRECISION };
  if (digits === 0n) return mantissa;
  if (base === 2) return rounded({ ...mantissa, exponent });
  if (exponent === 0) return rounded(mantissa);
  const power = powerOfTen(Math.abs(exponent));
  return rounded(exponent > 0 ? multiplied(mantissa, power) : divided(mantissa, power));
}

/** The sum, of the larger precision. */
export function addFloats(left: BigFloat, right: BigFloat): BigFloat {
  const exponent = Math.min(left.exponent, right.exponent);
  const a = signed(left) << BigInt(left.exponent - exponent);
  const b = signed(right) << BigInt(right.exponent - exponent);
  const sum = a + b;
  const isNegativeZero = left.mantissa === 0n && right.mantissa === 0n && left.isNegative && right.isNegative;
  return rounded({
    isNegative: sum < 0n || isNegativeZero,
    mantissa: sum < 0n ? -sum : sum,
    exponent,
    precision: Math.max(left.precision, right.precision),
  });
}

/** The difference, of the larger precision. */
export function subtractFloats(left: BigFloat, right: BigFloat): BigFloat {
  return addFloats(left, { ...right, isNegative: !right.isNegative });
}

/** The product, of the given precision or of the larger one. */
export function multiplyFloats(left: BigFloat, right: BigFloat, precision?: number): BigFloat {
  const product = multiplied(left, right);
  return rounded({ ...product, precision: precision ?? Math.max(left.precision, right.precision) });
}

/** The quotient, of the larger precision. The divisor is not 0. */
export function divideFloats(left: BigFloat, right: BigFloat): BigFloat {
  return rounded(divided({ ...left, precision: Math.max(left.precision, right.precision) }, right));
}

/** The integer part. */
export function integerPart({ isNegative, mantissa, exponent }: BigFloat): bigint {
  const magnitude = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa >> BigInt(-exponent);
  return isNegative ? -magnitude : magnitude;
}

/** The power of two that the magnitude is below, and not by more than a factor of two. */
export function binaryExponent({ mantissa, exponent }: BigFloat): number {
  return exponent + bitLength(mantissa);
}

/** Whether there is no fraction. */
export function isWhole({ mantissa, exponent }: BigFloat): boolean {
  return exponent >= 0 || mantissa === (mantissa >> BigInt(-exponent)) << BigInt(-exponent);
}

/** The text OPA gives a computed number: in full for an integer, else the shortest of `%g` for the precision. */
export function bigFloatText(value: BigFloat): string {
  const digits = shortestDigits(value);
  const sign = value.isNegative ? '-' : '';
  if (isWhole(value)) return `${sign}${fixedText(digits, 0)}`;
  return `${sign}${generalText(digits, { precision: digits.digits.length, isShortest: true, letter: 'e' })}`;
}

/**
 * The fewest digits that are told apart from the neighbours of the given precision. Digits are compared by place in
 * the text, not by power of ten, as Go does it.
 */
function shortestDigits({ mantissa, exponent, precision }: BigFloat): Digits {
  const exact = digitsOfBinary(mantissa, exponent);
  if (mantissa === 0n) return exact;
  // The mantissa with one bit more than the precision: its last bit is half of the last place.
  const shift = bitLength(mantissa) - (precision + 1);
  const halves = shift > 0 ? mantissa >> BigInt(shift) : mantissa << BigInt(-shift);
  const lower = digitsOfBinary(halves - 1n, exponent + shift).digits;
  const upper = digitsOfBinary(halves + 1n, exponent + shift).digits;
  const isInclusive = (halves & 2n) === 0n;
  for (let index = 0; index < exact.digits.length; index++) {
    const digit = exact.digits.charCodeAt(index);
    const low = digitAt(lower, index);
    const high = digitAt(upper, index);
    const mayDown = low !== digit || (isInclusive && index + 1 === lower.length);
    const mayUp = digit !== high && (isInclusive || digit + 1 < high || index + 1 < upper.length);
    if (mayDown && mayUp) return roundDigits(exact, index + 1);
    if (mayDown) return roundDigitsDown(exact, index + 1);
    if (mayUp) return roundDigitsUp(exact, index + 1);
  }
  return exact;
}

function digitAt(digits: string, index: number): number {
  return index < digits.length ? digits.charCodeAt(index) : 48;
}

function signed({ isNegative, mantissa }: BigFloat): bigint {
  return isNegative ? -mantissa : mantissa;
}

/** The exact product; its precision is the left one's. */
function multiplied(left: BigFloat, right: BigFloat): BigFloat {
  return {
    isNegative: left.isNegative !== right.isNegative,
    mantissa: left.mantissa * right.mantissa,
    exponent: left.exponent + right.exponent,
    precision: left.precision,
  };
}

/** The quotient with enough bits to be rounded to the left one's precision. */
function divided(left: BigFloat, right: BigFloat): BigFloat {
  const shift = Math.max(left.precision + 2 + bitLength(right.mantissa) - bitLength(left.mantissa), 0);
  const dividend = left.mantissa << BigInt(shift);
  const quotient = dividend / right.mantissa;
  const isExact = quotient * right.mantissa === dividend;
  return {
    isNegative: left.isNegative !== right.isNegative,
    // One bit more stands for all that is below.
    mantissa: (quotient << 1n) | (isExact ? 0n : 1n),
    exponent: left.exponent - right.exponent - shift - 1,
    precision: left.precision,
  };
}

/** Half to even. @throws {RangeError} for a number too large or too small to be computed with. */
function rounded(value: BigFloat): BigFloat {
  const { mantissa, exponent, precision } = value;
  const length = bitLength(mantissa);
  if (mantissa === 0n) return { ...value, exponent: 0 };
  if (Math.abs(exponent + length) > EXPONENT_MAX) throw new RangeError('number too large to compute with');
  const excess = length - precision;
  if (excess <= 0) return value;
  const half = 1n << BigInt(excess - 1);
  const kept = mantissa >> BigInt(excess);
  const rest = mantissa - (kept << BigInt(excess));
  const isUp = rest > half || (rest === half && (kept & 1n) === 1n);
  return { ...value, mantissa: isUp ? kept + 1n : kept, exponent: exponent + excess };
}

/** `10 ** power` as Go computes it: 5 to that power, of 128 bits with factors of 192, times the power of two. */
function powerOfTen(power: number): BigFloat {
  const precision = PRECISION + 64;
  const start = Math.min(power, WORD_POWER);
  let result: BigFloat = { isNegative: false, mantissa: 5n ** BigInt(start), exponent: 0, precision };
  let factor: BigFloat = { isNegative: false, mantissa: 5n, exponent: 0, precision: precision + 64 };
  for (let left = power - start; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = rounded(multiplied(result, factor));
    factor = rounded(multiplied(factor, factor));
  }
  return { ...result, exponent: result.exponent + power };
}

const double = new DataView(new ArrayBuffer(8));

function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const nearest = Number(value);
  if (nearest === Number.POSITIVE_INFINITY) return longBitLength(value);
  double.setFloat64(0, nearest);
  const exponent = (double.getUint16(0) >> 4) - 1023;
  // The double may have been rounded up to the next power of two.
  return value >> BigInt(exponent) === 0n ? exponent : exponent + 1;
}

function longBitLength(value: bigint): number {
  const text = value.toString(16);
  return text.length * 4 - Math.clz32(Number.parseInt(text[0] as string, 16)) + 28;
}
