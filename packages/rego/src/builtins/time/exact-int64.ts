import { type BigNumber, numberText } from '../../values/big-number.ts';

// OPA reads a timestamp as a big.Float of 64 bits and wants it to be an integer then. So a number with a fraction too
// small for 64 bits beside its integer part is one.

/** Bits of a big.Float's mantissa that is read without a given precision. */
const MANTISSA_BITS = 64;
/** Bits with which Go computes powers of five for it. */
const POWER_BITS = MANTISSA_BITS + 64;
/** Powers of ten beyond which a number of fewer than this many digits is 0 or no 64-bit integer, without computing. */
const EXPONENT_MAX = 2_000;

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** A binary floating-point number: `mantissa * 2 ** exponent`. */
interface Binary {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** The 64-bit integer that a number is for OPA's time built-ins, or undefined when it is a fraction or does not fit. */
export function exactInt64(value: number | BigNumber): bigint | undefined {
  if (Number.isInteger(value)) return BigInt(value as number);
  const [, sign = '', integer = '', fraction = '', power = '0'] = NUMBER.exec(numberText(value)) ?? [];
  const digits = BigInt(`${integer}${fraction}`);
  if (digits === 0n) return 0n;
  const exponent = Number(power) - fraction.length;
  if (exponent > EXPONENT_MAX || exponent < -EXPONENT_MAX - digits.toString().length) return undefined;
  const rounded = roundedBinary(digits, exponent);
  if (rounded.exponent < 0 && rounded.mantissa % (1n << BigInt(-rounded.exponent)) !== 0n) return undefined;
  const magnitude = shifted(rounded);
  const result = sign === '-' ? -magnitude : magnitude;
  return BigInt.asIntN(64, result) === result ? result : undefined;
}

/** `digits * 10 ** exponent` to 64 bits, in the steps of Go's `big.Float.Parse`. */
function roundedBinary(digits: bigint, exponent: number): Binary {
  if (exponent === 0) return rounded({ mantissa: digits, exponent: 0 }, MANTISSA_BITS);
  const power = powerOfFive(Math.abs(exponent));
  if (exponent > 0) {
    const product = { mantissa: digits * power.mantissa, exponent: exponent + power.exponent };
    return rounded(product, MANTISSA_BITS);
  }
  // Enough bits for the quotient, and one more that tells whether anything is left.
  const shift = BigInt(Math.max(0, bitLength(power.mantissa) - bitLength(digits) + MANTISSA_BITS + 2));
  const numerator = digits << shift;
  const quotient = numerator / power.mantissa;
  const isExact = quotient * power.mantissa === numerator;
  const mantissa = (quotient << 1n) | (isExact ? 0n : 1n);
  return rounded({ mantissa, exponent: exponent - power.exponent - Number(shift) - 1 }, MANTISSA_BITS);
}

/** Highest power of five that fits into 64 bits; Go has those in a table. */
const TABLE_POWER = 27;

function powerOfFive(power: number): Binary {
  if (power <= TABLE_POWER) return { mantissa: 5n ** BigInt(power), exponent: 0 };
  let result: Binary = { mantissa: 5n ** BigInt(TABLE_POWER), exponent: 0 };
  let square: Binary = { mantissa: 5n, exponent: 0 };
  for (let rest = power - TABLE_POWER; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiply(result, square, POWER_BITS);
    // Go squares with 64 bits more.
    square = multiply(square, square, POWER_BITS + 64);
  }
  return result;
}

function multiply(left: Binary, right: Binary, bits: number): Binary {
  const product = { mantissa: left.mantissa * right.mantissa, exponent: left.exponent + right.exponent };
  return rounded(product, bits);
}

/** To so many bits, to the nearest, ties to even. */
function rounded(value: Binary, bits: number): Binary {
  const excess = bitLength(value.mantissa) - bits;
  if (excess <= 0) return value;
  const shift = BigInt(excess);
  const kept = value.mantissa >> shift;
  const rest = value.mantissa - (kept << shift);
  const half = 1n << (shift - 1n);
  const isUp = rest > half || (rest === half && (kept & 1n) === 1n);
  return { mantissa: isUp ? kept + 1n : kept, exponent: value.exponent + excess };
}

function shifted({ mantissa, exponent }: Binary): bigint {
  // What is past 2^200 is past 64 bits as well.
  if (exponent > 200) return 1n << 200n;
  return exponent >= 0 ? mantissa << BigInt(exponent) : mantissa >> BigInt(-exponent);
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}
