import { BigNumber } from '../../values/big-number.ts';
import { sortedEntries } from '../../values/collections.ts';
import { isArray, isObject } from '../../values/kinds.ts';
import type { Value } from '../../values/value.ts';
import { BuiltinError } from '../builtin.ts';

/** Up to so many digits, counted with the exponent, OPA takes a number without a look at its size (`v1/ast/term.go`). */
const DIGITS_MAX = 25_000;

/** Powers of ten of the first digit: all beyond are too large or too small for OPA (2 to the power of 100,000). */
const POWERS = { tooLarge: 30_103, large: 30_102, small: -30_104, tooSmall: -30_105 };

/** Largest power of two of Go's `big.Float`. */
const FLOAT_POWER_MAX = 2 ** 31 - 1;

/** Exponents past these are lost in Go's arithmetic, which then takes some of them. */
const EXPONENTS = { min: -1e8, max: 9e18 };

/** @throws {BuiltinError} with OPA's words for a document of a number that is too large or too small for it. */
export function checkNumbers(value: Value): void {
  if (value instanceof BigNumber) checkNumber(value.text);
  else if (isArray(value)) value.forEach(checkNumbers);
  else if (isObject(value)) for (const [, member] of sortedEntries(value)) checkNumbers(member);
}

function checkNumber(text: string): void {
  const marker = text.search(/e/i);
  if (marker < 0) return;
  const exponent = Number(text.slice(marker + 1));
  if (marker + Math.abs(exponent) <= DIGITS_MAX) return;
  const [whole = '', fraction = ''] = text.slice(0, marker).replace('-', '').split('.');
  const digits = `${whole}${fraction}`;
  const first = digits.search(/[1-9]/);
  if (exponent < EXPONENTS.min || exponent > EXPONENTS.max) throw unknown();
  if (first < 0) return;
  // Go counts the exponent with the bits of the digits before it looks at the power of ten.
  const bits = BigInt(digits).toString(2).length - fraction.length + exponent;
  if (bits > FLOAT_POWER_MAX) throw new BuiltinError('invalid number: invalid float');
  const power = exponent + whole.length - 1 - first;
  if (power >= POWERS.tooLarge || power <= POWERS.tooSmall)
    throw new BuiltinError('invalid number: number too big');
  if (power === POWERS.large || power === POWERS.small) throw unknown();
}

/** Only Go's own arithmetic tells: the evaluation fails. */
function unknown(): Error {
  return new RangeError('a number at the bound of what OPA takes');
}
