import type { Literal } from '../../values/big-number.ts';

/** Digits that the exponent of an amount may have; OPA's own bound. */
const EXPONENT_DIGITS_MAX = 6;

/** Powers of ten beyond which an amount is not computed with; OPA goes to a million. */
const EXPONENT_MAX = 20_000;

/** A text such as `10.5Mi` in two. Either may be empty; no unit is read from a text that begins with none. */
export interface Amount {
  readonly number: string;
  readonly unit: string;
}

/**
 * Splits an amount into number and unit: the unit begins at the first character that cannot be of a number, where an
 * `e` is one only in front of a digit or a sign.
 * @returns undefined when an exponent has too many digits.
 */
export function splitAmount(text: string): Amount | undefined {
  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string;
    if (!/[\d.eE+-]/.test(character)) return cut(text, index);
    if (character !== 'e' && character !== 'E') continue;
    if (!/[\d+-]/.test(text[index + 1] ?? '')) return cut(text, index);
    if (text[index + 1] === '+' || text[index + 1] === '-') index++;
    const [digits = ''] = /^\d*/.exec(text.slice(index + 1, index + 2 + EXPONENT_DIGITS_MAX)) ?? [];
    if (digits.length > EXPONENT_DIGITS_MAX) return undefined;
  }
  return { number: text, unit: '' };
}

function cut(text: string, index: number): Amount {
  return { number: text.slice(0, index), unit: text.slice(index) };
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/**
 * The parts of an amount's number, or undefined where it is none.
 * @throws {RangeError} for an exponent that is not computed with.
 */
export function amountLiteral(text: string): Literal | undefined {
  const [, sign, integer = '', fraction = '', power = '0'] = NUMBER.exec(text) ?? [];
  if (sign === undefined || (integer === '' && fraction === '')) return undefined;
  if (Math.abs(Number(power)) > EXPONENT_MAX) throw new RangeError(`amount with an exponent of ${power}`);
  return {
    isNegative: sign === '-',
    digits: BigInt(`${integer}${fraction}`),
    exponent: Number(power) - fraction.length,
    base: 10,
  };
}
