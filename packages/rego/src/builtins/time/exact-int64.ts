import { floatOfLiteral, integerPart, isWhole } from '../../go/big-float.ts';
import { type BigNumber, literalOfText, numberText } from '../../values/big-number.ts';

/** Powers of ten beyond which a number of fewer than this many digits is 0 or no 64-bit integer, without computing. */
const EXPONENT_MAX = 2_000;

/** Powers of two that no 64-bit integer has. */
const BINARY_EXPONENT_MAX = 200;

/**
 * The 64-bit integer that a number is for OPA's time built-ins, or undefined when it is a fraction or does not fit. OPA
 * reads it as a big.Float of 64 bits: so a number with a fraction too small for 64 bits beside its integer part is one.
 */
export function exactInt64(value: number | BigNumber): bigint | undefined {
  if (Number.isInteger(value)) return BigInt(value as number);
  const literal = literalOfText(numberText(value), Number.POSITIVE_INFINITY);
  const { digits, exponent } = literal;
  if (digits === 0n) return 0n;
  if (exponent > EXPONENT_MAX || exponent < -EXPONENT_MAX - digits.toString().length) return undefined;
  const float = floatOfLiteral(literal);
  if (float.exponent > BINARY_EXPONENT_MAX || !isWhole(float)) return undefined;
  const integer = integerPart(float);
  return BigInt.asIntN(64, integer) === integer ? integer : undefined;
}
