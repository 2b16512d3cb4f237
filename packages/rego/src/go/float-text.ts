import { type Digits, digitsOfBinary, exponentText, fixedText, generalText, roundDigits } from './digits.ts';

/** How Go writes a float: `b` and `x` in powers of two, the others in decimal. */
export type FloatVerb = 'b' | 'e' | 'E' | 'f' | 'g' | 'G' | 'x' | 'X';

/** Bits of a double's mantissa, without the leading one. */
const MANTISSA_BITS = 52;

/**
 * A finite double as Go's `strconv.FormatFloat` writes it.
 * @param precision digits after the point (significant ones for `g`), or -1 for as many as tell the number apart.
 */
export function floatText(value: number, verb: FloatVerb, precision: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  switch (verb) {
    case 'b':
      return `${sign}${binaryText(magnitude)}`;
    case 'x':
    case 'X':
      return `${sign}${hexadecimalText(magnitude, verb, precision)}`;
    default:
      return `${sign}${decimalText(magnitude, verb, precision)}`;
  }
}

function decimalText(value: number, verb: 'e' | 'E' | 'f' | 'g' | 'G', wanted: number): string {
  const isShortest = wanted < 0;
  const exact = isShortest ? shortestDigits(value) : exactDigits(value);
  if (verb === 'f') {
    if (isShortest) return fixedText(exact, Math.max(exact.digits.length - exact.point, 0));
    return fixedText(roundDigits(exact, exact.point + wanted), wanted);
  }
  if (verb === 'e' || verb === 'E') {
    const precision = isShortest ? exact.digits.length - 1 : wanted;
    return exponentText(isShortest ? exact : roundDigits(exact, precision + 1), precision, verb);
  }
  const precision = isShortest ? exact.digits.length : Math.max(wanted, 1);
  const digits = isShortest ? exact : roundDigits(exact, precision);
  return generalText(digits, { precision, isShortest, letter: verb === 'g' ? 'e' : 'E' });
}

/** ECMAScript writes a double with the digits that Go takes: as few as tell it apart, the nearest of these. */
function shortestDigits(value: number): Digits {
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const digits = mantissa.replace('.', '').replace(/0+$/, '');
  return digits === '' ? { digits, point: 0 } : { digits, point: Number(power) + 1 };
}

function exactDigits(value: number): Digits {
  const { mantissa, exponent } = partsOf(value);
  return digitsOfBinary(mantissa, exponent - MANTISSA_BITS);
}

function binaryText(value: number): string {
  const { mantissa, exponent } = partsOf(value);
  const power = exponent - MANTISSA_BITS;
  return `${mantissa}p${power >= 0 ? '+' : ''}${power}`;
}

function hexadecimalText(value: number, verb: 'x' | 'X', precision: number): string {
  let { mantissa, exponent } = partsOf(value);
  if (mantissa === 0n) exponent = 0;
  mantissa <<= BigInt(60 - MANTISSA_BITS);
  while (mantissa !== 0n && mantissa >> 60n === 0n) {
    mantissa <<= 1n;
    exponent--;
  }
  if (precision >= 0 && precision < 15) {
    const unit = 1n << BigInt(60 - precision * 4);
    const rest = mantissa % unit;
    const kept = mantissa - rest;
    const isUp = rest * 2n > unit || (rest * 2n === unit && (kept / unit) % 2n === 1n);
    mantissa = isUp ? kept + unit : kept;
    if (mantissa >> 61n !== 0n) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  const [lead = '0', ...rest] = mantissa.toString(16).padStart(16, '0');
  const digits = precision < 0 ? rest.join('').replace(/0+$/, '') : rest.join('').slice(0, precision);
  const fraction = precision < 0 ? digits : digits.padEnd(precision, '0');
  const power = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  const text = `0x${lead}${fraction === '' ? '' : `.${fraction}`}p${power}`;
  return verb === 'X' ? text.toUpperCase() : text;
}

/** `mantissa * 2 ** (exponent - 52)` for a double that is not negative. */
function partsOf(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const biased = bits.getUint16(0) >> 4;
  const fraction = bits.getBigUint64(0) & ((1n << BigInt(MANTISSA_BITS)) - 1n);
  if (biased === 0) return { mantissa: fraction, exponent: -1022 };
  return { mantissa: fraction | (1n << BigInt(MANTISSA_BITS)), exponent: biased - 1023 };
}
