import { NotRepresentableError } from '../../../encodings/utf8.ts';
import { includes, type Ranges } from '../../../patterns/unicode/ranges.ts';
import { unicodeClass } from '../../../patterns/unicode/unicode.ts';

/** Keys with digits that make the order one in circles: other ones than 0 to 9, and more than 64 bits hold. */
const ODD_DIGITS = /(?![0-9])\p{Nd}|\d{18}/u;

/** Up to so many keys with such digits are looked at whether they are in a circle. */
const ODD_KEYS_MAX = 1_000;

/**
 * Keys in the order that `yaml.v3` writes them in: numbers within them count as numbers.
 * @param checkLimits called for each two keys that are compared.
 * @throws {NotRepresentableError} for keys whose order `yaml.v3` leaves to chance.
 */
export function sortedYamlKeys(keys: readonly string[], checkLimits: () => void): readonly string[] {
  const isBefore = (left: readonly number[], right: readonly number[]) => {
    checkLimits();
    return isLess(left, right);
  };
  const sorted = keys
    .map((key) => ({ key, points: Array.from(key, (character) => character.codePointAt(0) as number) }))
    .sort(({ points: left }, { points: right }) =>
      isBefore(left, right) ? -1 : isLess(right, left) ? 1 : 0,
    );
  if (
    keys.some((key) => ODD_DIGITS.test(key)) &&
    !isOrdered(
      sorted.map(({ points }) => points),
      isBefore,
    )
  ) {
    throw new NotRepresentableError('not representable: keys that YAML has no order of');
  }
  return sorted.map(({ key }) => key);
}

/** Whether each comes before all that follow it. */
function isOrdered(keys: readonly (readonly number[])[], isBefore: typeof isLess): boolean {
  if (keys.length > ODD_KEYS_MAX) return false;
  return keys.every((key, index) => keys.slice(index + 1).every((later) => isBefore(key, later)));
}

function isLess(left: readonly number[], right: readonly number[]): boolean {
  let isAfterDigit = false;
  for (let index = 0; index < left.length && index < right.length; index++) {
    const [a, b] = [left[index] as number, right[index] as number];
    if (a === b) {
      isAfterDigit = isDigit(a);
      continue;
    }
    const [isLetterA, isLetterB] = [isLetter(a), isLetter(b)];
    if (isLetterA && isLetterB) return a < b;
    if (isLetterA || isLetterB) return isAfterDigit ? isLetterA : isLetterB;
    const start = a === ZERO || b === ZERO ? numberBefore(left, index) : 0n;
    const [numberA, numberB] = [numberAt(left, index, start), numberAt(right, index, start)];
    if (numberA.value !== numberB.value) return numberA.value < numberB.value;
    return numberA.end === numberB.end ? a < b : numberA.end < numberB.end;
  }
  return left.length < right.length;
}

const ZERO = 0x30;

/** 1 where digits other than 0 stand before, so that zeros count. */
function numberBefore(points: readonly number[], end: number): bigint {
  for (let index = end - 1; index >= 0 && isDigit(points[index] as number); index--) {
    if (points[index] !== ZERO) return 1n;
  }
  return 0n;
}

/** The digits from an index on, as a number of 64 bits that overflows. */
function numberAt(points: readonly number[], from: number, start: bigint): { value: bigint; end: number } {
  let value = start;
  let end = from;
  for (; end < points.length && isDigit(points[end] as number); end++) {
    value = BigInt.asIntN(64, value * 10n + BigInt((points[end] as number) - ZERO));
  }
  return { value, end };
}

let digits: Ranges | undefined;
let letters: Ranges | undefined;

function isDigit(point: number): boolean {
  if (point < 0x80) return point >= ZERO && point <= 0x39;
  digits ??= unicodeClass('Nd') ?? [];
  return includes(digits, point);
}

function isLetter(point: number): boolean {
  if (point < 0x80) return (point | 0x20) >= 0x61 && (point | 0x20) <= 0x7a;
  letters ??= unicodeClass('L') ?? [];
  return includes(letters, point);
}
