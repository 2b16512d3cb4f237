import { floatOfInteger, floatOfLiteral, integerPart, multiplyFloats } from '../../go/big-float.ts';
import { toLower } from '../../go/letter-case.ts';
import { integerOf, numberOf } from '../../values/big-number.ts';
import type { Value } from '../../values/value.ts';
import { type BuiltinContext, BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { stringOperand } from '../operands.ts';
import { amountLiteral, splitAmount } from './amount.ts';

const DECIMAL_PREFIXES = ['', 'k', 'm', 'g', 't', 'p', 'e'];

/** Factors of byte units, in lower case. */
const BYTE_UNITS = new Map<string, bigint>(
  DECIMAL_PREFIXES.flatMap((prefix, power) => {
    const decimal = 1000n ** BigInt(power);
    const binary = 1024n ** BigInt(power);
    if (prefix === '') return [['', 1n]] as const;
    return [
      [prefix, decimal],
      [`${prefix}b`, decimal],
      [`${prefix}i`, binary],
      [`${prefix}ib`, binary],
    ] as const;
  }),
);

/** Factors of units, where the case of the first letter tells mega from milli. */
const UNITS = new Map<string, bigint>(
  DECIMAL_PREFIXES.flatMap((prefix, power) => {
    const decimal = 1000n ** BigInt(power);
    const binary = 1024n ** BigInt(power);
    const upper = prefix.toUpperCase();
    if (prefix === '') return [['', 1n]] as const;
    const decimals =
      prefix === 'm' ? [[upper, decimal] as const] : [[prefix, decimal] as const, [upper, decimal] as const];
    return [...decimals, [`${prefix}i`, binary] as const, [`${upper}i`, binary] as const];
  }),
);

/** A thousandth is the double next to it: this over two to the power of 60. */
const MILLI_DIGITS = 1152921504606847n;
const MILLI_SHIFT = 60n;

/** Digits after the point of a quantity that is no integer. */
const FRACTION_DIGITS = 10;

/** Quantities written with a unit. */
export const unitsBuiltins: BuiltinGroup = {
  'units.parse': (_context: BuiltinContext, text: Value) => {
    const name = 'units.parse';
    const { number, unit: written } = amountOf(name, stringOperand(text, 1).replaceAll('"', ''), 'amount');
    const unit = unitOf(written);
    const factor = UNITS.get(unit);
    if (factor === undefined && unit !== 'm') throw failure(name, `unit ${unit} not recognized`);
    const literal = amountLiteral(number);
    if (literal === undefined) throw failure(name, 'could not parse amount to a number');
    const digits = literal.isNegative ? -literal.digits : literal.digits;
    const scale = 10n ** BigInt(Math.abs(literal.exponent));
    const dividend = digits * (factor ?? MILLI_DIGITS) * (literal.exponent > 0 ? scale : 1n);
    const divisor = (literal.exponent < 0 ? scale : 1n) * (factor === undefined ? 1n << MILLI_SHIFT : 1n);
    if (dividend % divisor === 0n) return integerOf(dividend / divisor);
    return numberOf(fractionText(dividend, divisor));
  },
  'units.parse_bytes': (_context: BuiltinContext, text: Value) => {
    const name = 'units.parse_bytes';
    const lower = toLower(stringOperand(text, 1)).replaceAll('"', '');
    const { number, unit } = amountOf(name, lower, 'byte amount');
    const factor = BYTE_UNITS.get(unit);
    if (factor === undefined) throw failure(name, `byte unit ${unit} not recognized`);
    const literal = amountLiteral(number);
    if (literal === undefined) throw failure(name, 'could not parse byte amount to a number');
    return integerOf(integerPart(multiplyFloats(floatOfLiteral(literal), floatOfInteger(factor))));
  },
};

function amountOf(name: string, text: string, what: string) {
  if (text.includes(' ')) throw failure(name, 'spaces not allowed in resource strings');
  const amount = splitAmount(text);
  if (amount === undefined) throw failure(name, 'exponent too large');
  if (amount.number === '') throw failure(name, `no ${what} provided`);
  return amount;
}

/** The unit in lower case but for its first byte: of a first character of several bytes, Go leaves U+FFFD for each. */
function unitOf(text: string): string {
  const [first = ''] = text;
  const bytes = Buffer.byteLength(first);
  const kept = bytes > 1 ? '\ufffd'.repeat(bytes) : first;
  return `${kept}${toLower(text.slice(first.length))}`;
}

/** Rounded to ten digits after the point, halves away from zero. */
function fractionText(dividend: bigint, divisor: bigint): string {
  const magnitude = dividend < 0n ? -dividend : dividend;
  const unit = 10n ** BigInt(FRACTION_DIGITS);
  const rounded = (magnitude * unit * 2n + divisor) / (divisor * 2n);
  const fraction = (rounded % unit).toString().padStart(FRACTION_DIGITS, '0');
  return `${dividend < 0n ? '-' : ''}${rounded / unit}.${fraction}`;
}

/** OPA names the built-in in the message itself. */
function failure(name: string, message: string): BuiltinError {
  return new BuiltinError(`${name}: ${message}`);
}
