import { quote } from '../../go/quote.ts';
import type { Value } from '../../values/value.ts';
import { BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { stringOperand } from '../operands.ts';
import { NotRepresentableError } from './utf8.ts';

/** `semver.*` (`v1/topdown/semver.go`). */
export const semverBuiltins: BuiltinGroup = {
  'semver.compare': (_context, left: Value, right: Value) => {
    const texts = [stringOperand(left, 1), stringOperand(right, 2)] as const;
    const [a, b] = [versionOperand(texts[0], 1), versionOperand(texts[1], 2)];
    return compareVersions(a, b);
  },

  'semver.is_valid': (_context, text: Value) => typeof text === 'string' && parseVersion(text) !== undefined,
};

interface Version {
  /** Major, minor and patch. */
  readonly numbers: readonly bigint[];
  readonly preRelease: string;
}

const IDENTIFIERS = /^[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*$/;
const NUMBER = /^(?:0|[1-9]\d*)$/;
const INT64_MAX = (1n << 63n) - 1n;

function versionOperand(text: string, position: number): Version {
  const version = parseVersion(text);
  if (version !== undefined) return version;
  throw new BuiltinError(`operand ${position}: string ${quote(text)} is not a valid SemVer`);
}

/** A version, with or without a `v` before it; undefined where it is none. */
function parseVersion(text: string): Version | undefined {
  const match = /^v?([^+-]*)(?:-([^+]*))?(?:\+([\s\S]*))?$/.exec(text);
  if (match === null) return undefined;
  const [, core = '', preRelease, metadata] = match;
  if (metadata !== undefined && !IDENTIFIERS.test(metadata)) return undefined;
  if (preRelease !== undefined && !isPreRelease(preRelease)) return undefined;
  const numbers = core.split('.');
  if (numbers.length !== 3 || !numbers.every((number) => NUMBER.test(number))) return undefined;
  const integers = numbers.map(integerUpToMax);
  if (integers.some((integer) => integer > INT64_MAX)) return undefined;
  return { numbers: integers, preRelease: preRelease ?? '' };
}

function isPreRelease(text: string): boolean {
  return IDENTIFIERS.test(text) && !text.split('.').some((identifier) => /^0\d+$/.test(identifier));
}

function compareVersions(left: Version, right: Version): number {
  for (let index = 0; index < 3; index++) {
    const order = sign(left.numbers[index] as bigint, right.numbers[index] as bigint);
    if (order !== 0) return order;
  }
  if (left.preRelease === right.preRelease) return 0;
  // A version without a pre-release is above all of its pre-releases.
  if (left.preRelease === '') return 1;
  if (right.preRelease === '') return -1;
  return comparePreReleases(left.preRelease.split('.'), right.preRelease.split('.'));
}

function comparePreReleases(left: readonly string[], right: readonly string[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [a, b] = [left[index], right[index]];
    if (a === undefined) return -1;
    if (b === undefined) return 1;
    const order = compareIdentifiers(a, b);
    if (order !== 0) return order;
  }
  // OPA's own comparison never ends here: two numbers that differ only past 64 bits.
  throw new NotRepresentableError('semver.compare: pre-releases of numbers past 64 bits have no order');
}

function compareIdentifiers(left: string, right: string): number {
  const [a, b] = [identifierNumber(left), identifierNumber(right)];
  if (a !== undefined && b !== undefined) return sign(a, b);
  // Numbers come before names.
  if (a !== undefined) return -1;
  if (b !== undefined) return 1;
  return sign(left, right);
}

/** The value of an identifier that is a number. Past 64 bits Go takes the largest one, so such are equal. */
function identifierNumber(identifier: string): bigint | undefined {
  if (!/^\d+$/.test(identifier)) return undefined;
  const value = integerUpToMax(identifier);
  return value > INT64_MAX ? INT64_MAX : value;
}

/** The value of digits, or something past the largest 64-bit integer: digits without end take time to read. */
function integerUpToMax(digits: string): bigint {
  const significant = digits.replace(/^0+(?=.)/, '');
  return significant.length > 19 ? INT64_MAX + 1n : BigInt(significant);
}

function sign(left: bigint | string, right: bigint | string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
