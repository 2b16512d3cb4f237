/** The decimal digits of a number: `0.digits` times ten to the power of `point`. Zero has no digits. */
export interface Digits {
  /** Does not begin or end in 0. */
  readonly digits: string;
  readonly point: number;
}

/** The exact digits of `mantissa * 2 ** exponent`; the mantissa is not negative. */
export function digitsOfBinary(mantissa: bigint, exponent: number): Digits {
  if (mantissa === 0n) return { digits: '', point: 0 };
  if (exponent >= 0) {
    const text = (mantissa << BigInt(exponent)).toString();
    return { digits: trimmed(text), point: text.length };
  }
  const text = (mantissa * powerOfFive(-exponent)).toString();
  return { digits: trimmed(text), point: text.length + exponent };
}

/** Rounded to the given count of digits, halves to even. */
export function roundDigits(value: Digits, count: number): Digits {
  const { digits } = value;
  if (count < 0 || count >= digits.length) return value;
  const isHalf = digits[count] === '5' && count + 1 === digits.length;
  const isUp = isHalf ? count > 0 && Number(digits[count - 1]) % 2 === 1 : (digits[count] as string) >= '5';
  return isUp ? roundDigitsUp(value, count) : roundDigitsDown(value, count);
}

/** Cut to the given count of digits, the last one raised. */
export function roundDigitsUp(value: Digits, count: number): Digits {
  let end = count;
  while (end > 0 && value.digits[end - 1] === '9') end--;
  if (end === 0) return { digits: '1', point: value.point + 1 };
  const raised = Number(value.digits[end - 1]) + 1;
  return { digits: `${value.digits.slice(0, end - 1)}${raised}`, point: value.point };
}

/** Cut to the given count of digits. */
export function roundDigitsDown(value: Digits, count: number): Digits {
  const digits = trimmed(value.digits.slice(0, count));
  return { digits, point: digits === '' ? 0 : value.point };
}

/** As Go's `%f`: all digits before the point, and `precision` digits after it. */
export function fixedText({ digits, point }: Digits, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (precision <= 0) return whole;
  const leading = '0'.repeat(Math.min(Math.max(-point, 0), precision));
  const fraction = `${leading}${digits.slice(Math.max(point, 0))}`.slice(0, precision);
  return `${whole}.${fraction.padEnd(precision, '0')}`;
}

/** As Go's `%e`: one digit before the point, `precision` digits after it, an exponent of at least two digits. */
export function exponentText({ digits, point }: Digits, precision: number, letter: string): string {
  const fraction = precision > 0 ? `.${digits.slice(1, precision + 1).padEnd(precision, '0')}` : '';
  const power = digits === '' ? 0 : point - 1;
  const sign = power < 0 ? '-' : '+';
  return `${digits[0] ?? '0'}${fraction}${letter}${sign}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** As Go's `%g` for digits already rounded to `precision`: `%e` for powers below -4 or past the precision, else `%f`. */
export function generalText(
  value: Digits,
  { precision, isShortest, letter }: { precision: number; isShortest: boolean; letter: string },
): string {
  const { digits, point } = value;
  const count = digits.length;
  const threshold = isShortest ? 6 : precision > count && count >= point ? count : precision;
  const power = point - 1;
  if (power < -4 || power >= threshold) return exponentText(value, Math.min(precision, count) - 1, letter);
  return fixedText(value, Math.max((precision > point ? count : precision) - point, 0));
}

/** Powers that are kept: numbers near 1 need those below 128. */
const KEPT_POWERS = 256;

const powersOfFive: bigint[] = [];

function powerOfFive(power: number): bigint {
  if (power >= KEPT_POWERS) return 5n ** BigInt(power);
  powersOfFive[power] ??= 5n ** BigInt(power);
  return powersOfFive[power];
}

function trimmed(text: string): string {
  return text.replace(/0+$/, '');
}
