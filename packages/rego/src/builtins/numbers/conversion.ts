import { binaryExponent, floatOfLiteral, integerPart } from '../../go/big-float.ts';
import { toLower } from '../../go/letter-case.ts';
import { quote } from '../../go/quote.ts';
import {
  BigNumber,
  int64Of,
  literalOf,
  literalOfText,
  numberOf,
  numberText,
} from '../../values/big-number.ts';
import { isNumber } from '../../values/kinds.ts';
import type { Value } from '../../values/value.ts';
import { type BuiltinContext, BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { numberOperand, operandEnumError, operandTypeError } from '../operands.ts';

/** Bases that integers are written in, by the text of the operand: `2.0` is none. */
const BASES: ReadonlyMap<string, number> = new Map([
  ['2', 2],
  ['8', 8],
  ['10', 10],
  ['16', 16],
]);

/** Numbers to text and back. */
export const conversionBuiltins: BuiltinGroup = {
  format_int: (_context: BuiltinContext, value: Value, base: Value) => {
    const number = numberOperand(value, 1);
    const radix = BASES.get(numberText(numberOperand(base, 2)));
    if (radix === undefined) throw operandEnumError(2, '2', '8', '10', '16');
    return integerOfText(number, radix).toString(radix);
  },
  to_number: (_context: BuiltinContext, value: Value) => {
    if (value === null || value === false) return 0;
    if (value === true) return 1;
    if (isNumber(value)) return value;
    if (typeof value === 'string') return parseNumber(value);
    throw operandTypeError(value, 1, 'null', 'boolean', 'number', 'string');
  },
};

function integerOfText(number: number | BigNumber, radix: number): bigint {
  const integer = radix === 10 ? int64Of(number) : undefined;
  if (integer !== undefined) return integer;
  const text = numberText(number);
  if (/^[+-]?\d+$/.test(text)) return BigInt(text.replace('+', ''));
  return integerPart(floatOfLiteral(literalOf(number)));
}

/** Go's float syntax; underscores stand between digits only. */
const DECIMAL = /^[+-]?(?:D(?:\.D?)?|\.D)(?:[eE][+-]?D)?$/;
const HEXADECIMAL = /^[+-]?0[xX](?:_?H(?:\.H?)?|\.H)[pP][+-]?D$/;
const FLOATS = [DECIMAL, HEXADECIMAL].map(
  ({ source }) =>
    new RegExp(
      source.replaceAll('D', '(?:\\d+(?:_\\d+)*)').replaceAll('H', '(?:[\\da-fA-F]+(?:_[\\da-fA-F]+)*)'),
    ),
);

/** A number keeps the spelling it is read from, where JSON has it or not. */
function parseNumber(text: string): Value {
  if (/^(?:inf|infinity|nan)$/.test(toLower(text.replace(/^[+-]+/, '')))) {
    throw operandTypeError(text, 1, 'valid number string');
  }
  if (!FLOATS.some((float) => float.test(text))) {
    throw new BuiltinError(`strconv.ParseFloat: parsing ${quote(text)}: invalid syntax`);
  }
  const number = BigNumber.ofText(text);
  if (!Number.isFinite(number.double)) {
    throw new BuiltinError(`strconv.ParseFloat: parsing ${quote(text)}: value out of range`);
  }
  if (/[eE]/.test(text)) checkExponent(number);
  return number.isJson ? numberOf(text) : number;
}

/** Powers of two that OPA takes in numbers with an exponent. */
const BINARY_EXPONENT_MAX = 100_000;

/** Exponents beyond which Go's own arithmetic overflows in ways of its own. */
const EXPONENT_MAX = 500_000_000;

/** Powers of two that an estimate may be off by. */
const ESTIMATE_MARGIN = 100;

function checkExponent(number: BigNumber): void {
  const literal = literalOfText(number.text, EXPONENT_MAX);
  if (literal.digits === 0n) return;
  const power = literal.exponent * Math.log2(literal.base);
  const estimate = Math.abs(power + literal.digits.toString(2).length);
  const isClose = Math.abs(estimate - BINARY_EXPONENT_MAX) < ESTIMATE_MARGIN;
  const size = isClose ? Math.abs(binaryExponent(floatOfLiteral(literal))) : estimate;
  if (size > BINARY_EXPONENT_MAX) throw new BuiltinError('invalid number: number too big');
}
