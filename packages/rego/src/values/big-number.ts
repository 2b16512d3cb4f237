/** Largest exponent (power of ten) that is computed with; OPA spends unbounded time and memory beyond. */
const EXPONENT_MAX = 10_000;

const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * A number that a JavaScript `number` cannot hold with its text: see `Value` for when a number is one of these.
 * Its value is exact: `coefficient` times ten to the power of `exponent`.
 */
export class BigNumber {
  // Private fields, so that no name a policy may look up is an own property of a value.
  readonly #text: string;
  #decimal: Decimal | undefined;

  private constructor(text: string) {
    this.#text = text;
  }

  /** A number with the given text. The text is a JSON number; `numberOf` decides whether one of these is needed. */
  static ofText(text: string): BigNumber {
    return new BigNumber(text);
  }

  /** The number as it was written or computed: what OPA prints. */
  get text(): string {
    return this.#text;
  }

  /** The exact value. @throws {RangeError} for an exponent beyond 10,000 either way. */
  get decimal(): Decimal {
    this.#decimal ??= decimalOfText(this.#text);
    return this.#decimal;
  }

  /** The nearest double. */
  get double(): number {
    return Number(this.#text);
  }
}

/** An exact decimal: `coefficient * 10 ** exponent`, where a coefficient other than 0 does not end in 0. */
export interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

/**
 * The number that a JSON number text stands for: a JavaScript number where that keeps the text.
 * @throws {SyntaxError} when the text is not a JSON number.
 */
export function numberOf(text: string): number | BigNumber {
  const number = Number(text);
  if (String(number) === text && (Number.isSafeInteger(number) || isFraction(number))) return number;
  if (!NUMBER.test(text)) throw new SyntaxError(`not a number: ${text.slice(0, 40)}`);
  return BigNumber.ofText(text);
}

/** The number of an exact integer. */
export function integerOf(value: bigint): number | BigNumber {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigNumber.ofText(value.toString());
}

/** The text of a number, as OPA prints it. */
export function numberText(value: number | BigNumber): string {
  return typeof value === 'number' ? String(value) : value.text;
}

/** The exact value of a number. @throws {RangeError} for an exponent beyond 10,000 either way. */
export function decimalOf(value: number | BigNumber): Decimal {
  return typeof value === 'number' ? decimalOfText(String(value)) : value.decimal;
}

/** The JavaScript number of exactly this value (`1` for `1.0`), or undefined where there is none. */
export function scalarOf(value: number | BigNumber): number | undefined {
  if (typeof value === 'number') return value;
  const double = value.double;
  if (!Number.isFinite(double) || (Number.isInteger(double) && !Number.isSafeInteger(double)))
    return undefined;
  const { coefficient, exponent } = value.decimal;
  const nearest = decimalOfText(String(double));
  const isSame = nearest.coefficient === coefficient && nearest.exponent === exponent;
  return isSame ? double + 0 : undefined;
}

/** The exact integer a number stands for (`1.0` and `1e3` are integers), or undefined where it is a fraction. */
export function exactInteger(value: number | BigNumber): bigint | undefined {
  if (Number.isInteger(value)) return BigInt(value as number);
  const { coefficient, exponent } = decimalOf(value);
  return exponent < 0 ? undefined : coefficient * 10n ** BigInt(exponent);
}

/**
 * Numbers as OPA's `NumberCompare` orders them: by exact value, except that two long fractions which end in a zero
 * are equal where their doubles are (`v1/ast/compare.go`).
 * @returns less than 0, 0 or more than 0.
 */
export function compareNumbers(left: number | BigNumber, right: number | BigNumber): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  const [a, b] = [numberText(left), numberText(right)];
  if (!(isShort(a) && isShort(b)) && endsInZero(a) && endsInZero(b) && Number(a) === Number(b)) return 0;
  return compareDecimals(decimalOf(left), decimalOf(right));
}

/** Exact decimals by value. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const exponent = Math.min(left.exponent, right.exponent);
  const a = left.coefficient * 10n ** BigInt(left.exponent - exponent);
  const b = right.coefficient * 10n ** BigInt(right.exponent - exponent);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether OPA compares a number of this text as a decimal (`parseDecimal`): at most 15 significant digits. */
function isShort(text: string): boolean {
  const [mantissa = ''] = text.split(/[eE]/);
  return mantissa.replace(/[-.]/g, '').replace(/^0+/, '').length <= 15;
}

/** Whether a text has a point both before and after trailing points and zeros are cut off, and has such. */
function endsInZero(text: string): boolean {
  return /[.0]$/.test(text) && text.replace(/[.0]+$/, '').includes('.');
}

function isFraction(number: number): boolean {
  return Number.isFinite(number) && !Number.isInteger(number);
}

function decimalOfText(text: string): Decimal {
  const match = NUMBER.exec(text);
  if (match === null) throw new SyntaxError(`not a number: ${text.slice(0, 40)}`);
  const [, sign = '', integer = '', fraction = '', power = '0'] = match;
  const digits = `${integer}${fraction}`.replace(/0+$/, '');
  if (digits.replace(/^0+/, '') === '') return { coefficient: 0n, exponent: 0 };
  const exponent = Number(power) + integer.length - digits.length;
  if (Math.abs(Number(power)) > EXPONENT_MAX) throw new RangeError(`number with an exponent of ${power}`);
  return { coefficient: BigInt(`${sign}${digits}`), exponent };
}
