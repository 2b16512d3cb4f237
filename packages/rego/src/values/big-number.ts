/** Largest exponent (power of ten) that is computed with; OPA spends unbounded time and memory beyond. */
const EXPONENT_MAX = 10_000;

/** A number as JSON writes it. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A number as Go writes it, without the underscores that may stand between digits: what `to_number` reads. */
const DECIMAL_LITERAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const HEXADECIMAL_LITERAL = /^([+-]?)0[xX]([\da-fA-F]*)(?:\.([\da-fA-F]*))?[pP]([+-]?\d+)$/;

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

  /**
   * A number with the given text; `numberOf` decides whether one of these is needed. The text is a JSON number, or
   * another spelling of Go's that `to_number` has let pass (`+5`, `05`, `.5`, `0x1p4`): such a one has a value, but
   * cannot be written as JSON.
   */
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

  /** The nearest double; infinite where the number is too large for one. */
  get double(): number {
    const double = Number(this.#text);
    if (!Number.isNaN(double)) return double;
    const { coefficient, exponent } = this.decimal;
    return Number(`${coefficient}e${exponent}`);
  }

  /** Whether the text is a number in JSON too. */
  get isJson(): boolean {
    return NUMBER.test(this.#text);
  }
}

/** What a number's text says: `digits * base ** exponent`. */
export interface Literal {
  readonly isNegative: boolean;
  readonly digits: bigint;
  readonly exponent: number;
  readonly base: 2 | 10;
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

/** The parts of a number's text. @throws {RangeError} for an exponent beyond 10,000 either way. */
export function literalOf(value: number | BigNumber): Literal {
  return literalOfText(numberText(value));
}

/**
 * The 64-bit integer of a number, as OPA's `Number.Int64` reads it: `1` and `1.00`, but neither `1e3` nor a text of
 * more than 19 digits. Undefined where there is none.
 */
export function int64Of(value: number | BigNumber): bigint | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  const match = /^([+-]?)(\d*)(?:\.0*)?$/.exec(value.text);
  if (match === null || value.text.length - (match[1] as string).length > 19) return undefined;
  const integer = BigInt(`${match[1] === '-' ? '-' : ''}${match[2] || '0'}`);
  return BigInt.asIntN(64, integer) === integer ? integer : undefined;
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
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
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
  return !/[_xX]/.test(text) && mantissa.replace(/[-+.]/g, '').replace(/^0+/, '').length <= 15;
}

/** Whether a text has a point both before and after trailing points and zeros are cut off, and has such. */
function endsInZero(text: string): boolean {
  return /[.0]$/.test(text) && text.replace(/[.0]+$/, '').includes('.');
}

function isFraction(number: number): boolean {
  return Number.isFinite(number) && !Number.isInteger(number);
}

function decimalOfText(text: string): Decimal {
  const literal = literalOfText(text);
  if (literal.digits === 0n) return { coefficient: 0n, exponent: 0 };
  const isHalved = literal.base === 2 && literal.exponent < 0;
  const scale = literal.base === 2 ? (isHalved ? 5n : 2n) ** BigInt(Math.abs(literal.exponent)) : 1n;
  const all = (literal.digits * scale).toString();
  const digits = all.replace(/0+$/, '');
  const exponent = (isHalved || literal.base === 10 ? literal.exponent : 0) + all.length - digits.length;
  return { coefficient: BigInt(`${literal.isNegative ? '-' : ''}${digits}`), exponent };
}

/**
 * The parts of a number as Go or JSON writes it.
 * @throws {SyntaxError} when the text is no number.
 * @throws {RangeError} for a written exponent beyond the bound.
 */
export function literalOfText(spelling: string, exponentMax: number = EXPONENT_MAX): Literal {
  const text = spelling.includes('_') ? spelling.replaceAll('_', '') : spelling;
  const decimal = DECIMAL_LITERAL.exec(text);
  const match = decimal ?? HEXADECIMAL_LITERAL.exec(text);
  if (match === null) throw new SyntaxError(`not a number: ${text.slice(0, 40)}`);
  const [, sign = '', integer = '', fraction = '', power = '0'] = match;
  if (Math.abs(Number(power)) > exponentMax) throw new RangeError(`number with an exponent of ${power}`);
  const isNegative = sign === '-';
  if (decimal === null) {
    const digits = BigInt(`0x${integer}${fraction}`);
    return { isNegative, digits, exponent: Number(power) - 4 * fraction.length, base: 2 };
  }
  return {
    isNegative,
    digits: BigInt(`${integer}${fraction}`),
    exponent: Number(power) - fraction.length,
    base: 10,
  };
}
