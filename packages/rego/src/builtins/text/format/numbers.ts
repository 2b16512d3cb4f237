import { type FloatVerb, floatText } from '../../../go/float-text.ts';
import { isPrintable } from '../../../go/printable.ts';
import { quoteCodePoint, validCodePoint } from '../../../go/quote.ts';
import { type Flags, padded, padding } from './flags.ts';

const CODE_POINT_MAX = 0x10ffffn;

const BASES: Readonly<Record<string, number>> = { v: 10, d: 10, s: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

/** A 64-bit integer under a verb, or undefined where the verb is none for it. */
export function int64Text(value: number | bigint, verb: string, flags: Flags): string | undefined {
  switch (verb) {
    case 'v':
    case 'd':
    case 'b':
    case 'o':
    case 'O':
    case 'x':
    case 'X':
      return integerText(value, verb, flags);
    case 'c':
      return padded(String.fromCodePoint(codePointOf(value)), flags);
    case 'q':
      return padded(quoteCodePoint(codePointOf(value), flags.plus ? 'ascii' : 'unicode'), flags);
    case 'U':
      return unicodeText(value, flags);
    default:
      return undefined;
  }
}

/** An integer that Go has a `big.Int` for: flags mean almost, but not quite, what they mean for an `int64`. */
export function bigIntegerText(value: bigint, verb: string, flags: Flags): string {
  const base = verb === 'c' || verb === 'q' || verb === 'U' ? undefined : BASES[verb];
  if (base === undefined || !Object.hasOwn(BASES, verb)) return `%!${verb}(big.Int=${value})`;
  const digits = digitsOf(value, base, verb);
  if (digits === '0' && flags.precision === 0) return '';
  const sign = value < 0n ? '-' : flags.plus || flags.plusV ? '+' : flags.space ? ' ' : '';
  const prefix = bigPrefix(verb, flags);
  const zeros = '0'.repeat(Math.max((flags.precision ?? 0) - digits.length, 0));
  const missing = (flags.width ?? 0) - sign.length - prefix.length - zeros.length - digits.length;
  if (missing <= 0) return `${sign}${prefix}${zeros}${digits}`;
  if (flags.minus) return `${sign}${prefix}${zeros}${digits}${' '.repeat(missing)}`;
  if (flags.zero && flags.precision === undefined)
    return `${sign}${prefix}${'0'.repeat(missing)}${zeros}${digits}`;
  return `${' '.repeat(missing)}${sign}${prefix}${zeros}${digits}`;
}

/** A double under a verb, or undefined where the verb is none for it. */
export function float64Text(value: number, verb: string, flags: Flags): string | undefined {
  switch (verb) {
    case 'v':
      return paddedFloat(value, { verb: 'g', precision: -1 }, flags);
    case 'b':
    case 'g':
    case 'G':
    case 'x':
    case 'X':
      return paddedFloat(value, { verb, precision: -1 }, flags);
    case 'f':
    case 'e':
    case 'E':
      return paddedFloat(value, { verb, precision: 6 }, flags);
    case 'F':
      return paddedFloat(value, { verb: 'f', precision: 6 }, flags);
    default:
      return undefined;
  }
}

function integerText(value: number | bigint, verb: string, flags: Flags): string {
  if (flags.precision === 0 && Number(value) === 0) return ' '.repeat(flags.width ?? 0);
  const isNegative = value < 0;
  const base = BASES[verb] as number;
  let digits = digitsOf(value, base, verb);
  const hasSign = isNegative || flags.plus || flags.space;
  if (flags.precision !== undefined) digits = digits.padStart(flags.precision, '0');
  else if (flags.zero && !flags.minus && flags.width !== undefined) {
    digits = digits.padStart(flags.width - (hasSign ? 1 : 0), '0');
  }
  if (flags.sharp) {
    if (base === 2) digits = `0b${digits}`;
    else if (base === 8 && !digits.startsWith('0')) digits = `0${digits}`;
    else if (base === 16) digits = `${verb === 'X' ? '0X' : '0x'}${digits}`;
  }
  if (verb === 'O') digits = `0o${digits}`;
  const sign = isNegative ? '-' : flags.plus ? '+' : flags.space ? ' ' : '';
  return padded(`${sign}${digits}`, { ...flags, zero: false });
}

/** `U+0041`, or `U+0041 'A'` with `#`. */
function unicodeText(value: number | bigint, flags: Flags): string {
  const unsigned = BigInt.asUintN(64, BigInt(value));
  const digits = unsigned
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(flags.precision ?? 0, 4), '0');
  const isShown = flags.sharp && unsigned <= CODE_POINT_MAX && isPrintable(Number(unsigned));
  const shown = isShown ? ` '${String.fromCodePoint(Number(unsigned))}'` : '';
  return padded(`U+${digits}${shown}`, { ...flags, zero: false });
}

function paddedFloat(
  value: number,
  format: { readonly verb: FloatVerb; readonly precision: number },
  flags: Flags,
): string {
  const precision = flags.precision ?? format.precision;
  let text = floatText(value, format.verb, precision);
  if (!text.startsWith('-')) text = `${flags.space && !flags.plus ? ' ' : '+'}${text}`;
  if (flags.sharp && format.verb !== 'b') text = withPoint(text, format.verb, precision);
  if (!flags.plus && text.startsWith('+')) return padded(text.slice(1), flags);
  if (flags.zero && !flags.minus && flags.width !== undefined && flags.width > text.length) {
    return `${text[0]}${padding(flags, flags.width - text.length)}${text.slice(1)}`;
  }
  return padded(text, flags);
}

/** With `#` a point is always there, and the zeros that `%g` leaves out. The text begins with its sign. */
function withPoint(text: string, verb: FloatVerb, precision: number): string {
  const isHexadecimal = verb === 'x' || verb === 'X';
  const end = text.search(isHexadecimal ? /[pP]/ : /[eEpP]/);
  const [number, tail] = end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end)];
  // Go counts from the first character that is no 0, and takes the `x` of `0x` for such a one.
  const counted = number.slice(1).replace('.', '').replace(/^0+/, '').length;
  const wanted = verb === 'g' || verb === 'G' || verb === 'x' ? (precision < 0 ? 6 : precision) : 0;
  const hasPoint = number.includes('.');
  const missing = wanted - counted - (!hasPoint && number.length === 2 && number[1] === '0' ? 1 : 0);
  return `${number}${hasPoint ? '' : '.'}${'0'.repeat(Math.max(missing, 0))}${tail}`;
}

function digitsOf(value: number | bigint, base: number, verb: string): string {
  const text = value.toString(base);
  const digits = text.startsWith('-') ? text.slice(1) : text;
  return verb === 'X' ? digits.toUpperCase() : digits;
}

function bigPrefix(verb: string, { sharp, sharpV }: Flags): string {
  if (verb === 'O') return '0o';
  if (!sharp && !sharpV) return '';
  return { b: '0b', o: '0', x: '0x', X: '0X' }[verb] ?? '';
}

function codePointOf(value: number | bigint): number {
  const unsigned = BigInt.asUintN(64, BigInt(value));
  return validCodePoint(unsigned > CODE_POINT_MAX ? -1 : Number(unsigned));
}
