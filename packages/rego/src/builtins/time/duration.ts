import { quote, quoteBytes } from '../../go/quote.ts';
import { BuiltinError } from '../builtin.ts';
import { byteText } from './byte-text.ts';

/** Nanoseconds of a unit, by its UTF-8 bytes. Micro is written with either of two letters. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  [byteText('\u00b5s'), 1_000n],
  [byteText('\u03bcs'), 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** Hours of the units that OPA adds to those of Go. */
const HOURS: Readonly<Record<string, number>> = { d: 24, w: 7 * 24, y: 365 * 24 };

const INT64_LIMIT = 1n << 63n;

/**
 * The nanoseconds of a duration such as `1d2h30m`.
 * @throws {BuiltinError} with the texts of OPA and of Go's `time.ParseDuration`.
 */
export function parseDuration(text: string): bigint {
  if (!/[dwy]/.test(text)) {
    const bytes = byteText(text);
    const result = parseGoDuration(bytes);
    if (typeof result === 'bigint') return result;
    throw new BuiltinError(`time: ${result.message} ${quoteBytes(bytes)}`);
  }
  const rewritten = inHours(text);
  if (rewritten === undefined) throw new BuiltinError(`time: invalid duration ${quote(text)}`);
  const result = parseGoDuration(byteText(rewritten));
  if (typeof result === 'bigint') return result;
  throw new BuiltinError(`time: ${result.message} ${quote(text)}`);
}

const EXTENDED = /^[-+]?(?:[0-9.]+(?:ms|us|\u00b5s|ns|[a-z]))+$/;
const SEGMENT = /([0-9.]+)(ms|us|\u00b5s|ns|[a-z])/g;

/** A duration with days, weeks and years told in hours, or undefined when it is none. */
function inHours(text: string): string | undefined {
  if (!EXTENDED.test(text)) return undefined;
  let isNumber = true;
  const rewritten = text.replace(SEGMENT, (segment, digits: string, unit: string) => {
    const factor = Object.hasOwn(HOURS, unit) ? HOURS[unit] : undefined;
    if (factor === undefined) return segment;
    if (!/^(?:\d+\.?\d*|\.\d+)$/.test(digits) || !Number.isFinite(Number(digits))) isNumber = false;
    return `${plainText(Number(digits) * factor)}h`;
  });
  return isNumber ? rewritten : undefined;
}

/** A number that is not negative in its shortest spelling without an exponent; `+Inf` past all numbers. */
function plainText(value: number): string {
  if (!Number.isFinite(value)) return '+Inf';
  const [, first = '', fraction = '', power = ''] =
    /^(\d)(?:\.(\d+))?e([-+]\d+)$/.exec(value.toExponential()) ?? [];
  const digits = first + fraction;
  const point = 1 + Number(power);
  if (value === 0) return '0';
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return digits + '0'.repeat(point - digits.length);
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

interface Refusal {
  readonly message: string;
}

const INVALID: Refusal = { message: 'invalid duration' };

function parseGoDuration(bytes: string): bigint | Refusal {
  const isNegative = bytes.startsWith('-');
  let rest = isNegative || bytes.startsWith('+') ? bytes.slice(1) : bytes;
  if (rest === '0') return 0n;
  if (rest === '') return INVALID;
  let total = 0n;
  while (rest !== '') {
    const [text = '', integer = '', fraction = '', unit = ''] =
      /^(\d*)(?:\.(\d*))?([^.0-9]*)/.exec(rest) ?? [];
    const nanoseconds = segmentOf({ integer, fraction, unit });
    if (typeof nanoseconds !== 'bigint') return nanoseconds;
    rest = rest.slice(text.length);
    total = BigInt.asUintN(64, total + nanoseconds);
    if (total > INT64_LIMIT) return INVALID;
  }
  if (isNegative) return -total;
  return total === INT64_LIMIT ? INVALID : total;
}

interface Segment {
  readonly integer: string;
  readonly fraction: string;
  readonly unit: string;
}

function segmentOf({ integer, fraction, unit: name }: Segment): bigint | Refusal {
  const whole = BigInt(integer.slice(0, INTEGER_DIGITS_MAX) || '0');
  const isTooLong = integer.replace(/^0+/, '').length > 19;
  if ((integer === '' && fraction === '') || isTooLong || whole > INT64_LIMIT) return INVALID;
  if (name === '') return { message: 'missing unit in duration' };
  const unit = UNITS.get(name);
  if (unit === undefined) return { message: `unknown unit ${quoteBytes(name)} in duration` };
  if (whole > INT64_LIMIT / unit) return INVALID;
  const nanoseconds = whole * unit + fractionOf(fraction, unit);
  return nanoseconds > INT64_LIMIT ? INVALID : nanoseconds;
}

const INTEGER_DIGITS_MAX = 1_000;

/** A fraction of a unit in nanoseconds, in the floating-point steps of Go. Digits past 63 bits do not count. */
function fractionOf(digits: string, unit: bigint): bigint {
  let fraction = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (fraction > (INT64_LIMIT - 1n) / 10n) break;
    const longer = fraction * 10n + BigInt(digit);
    if (longer > INT64_LIMIT) break;
    fraction = longer;
    scale *= 10;
  }
  return fraction === 0n ? 0n : BigInt(Math.trunc(Number(fraction) * (Number(unit) / scale)));
}
