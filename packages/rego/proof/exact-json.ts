// JSON with the text of its numbers, apart from packages/rego’s own reader and writer, so that both cannot be wrong alike.

/** A number by its text. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A JSON value in which numbers keep their text. Objects have only own, client-chosen keys. */
export type ExactJson =
  | null
  | boolean
  | string
  | ExactNumber
  | readonly ExactJson[]
  | { readonly [key: string]: ExactJson };

/** Reads JSON text. Of equal keys the last one counts. @throws {SyntaxError} */
export function readExactJson(text: string): ExactJson {
  // The types of TypeScript know neither the third parameter of a reviver nor that any value may come out.
  const parse = JSON.parse as (text: string, reviver: Reviver) => ExactJson;
  return parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? new ExactNumber(source) : value,
  );
}

type Reviver = (key: string, value: ExactJson | number, context: { readonly source?: string }) => unknown;

/** The text of a value: keys by code point, numbers as they were written, nothing escaped that need not be. */
export function canonicalText(value: ExactJson): string {
  return written(value, (number) => number);
}

/** As `canonicalText`, with numbers spelled by their value: equal values have one text. */
export function valueText(value: ExactJson): string {
  return written(value, numberValueText);
}

function written(value: ExactJson, numberText: (text: string) => string): string {
  if (value instanceof ExactNumber) return numberText(value.text);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((member) => written(member, numberText)).join()}]`;
  const object = value as { readonly [key: string]: ExactJson };
  const entries = Object.keys(object)
    .sort(byCodePoint)
    .map((key) => `${JSON.stringify(key)}:${written(object[key] as ExactJson, numberText)}`);
  return `{${entries.join()}}`;
}

/** `1`, `1.0` and `10e-1` are all `1e0`. */
export function numberValueText(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) throw new SyntaxError(`not a number: ${text.slice(0, 40)}`);
  const [, sign = '', integer = '', fraction = '', power = '0'] = match;
  const digits = `${integer}${fraction}`.replace(/^0+/, '');
  const coefficient = digits.replace(/0+$/, '');
  if (coefficient === '') return '0e0';
  const exponent = BigInt(power) - BigInt(fraction.length) + BigInt(digits.length - coefficient.length);
  return `${sign}${coefficient}e${exponent}`;
}

function byCodePoint(left: string, right: string): number {
  const [a, b] = [[...left], [...right]];
  const at = a.findIndex((character, index) => character !== b[index]);
  if (at === -1) return a.length - b.length;
  const other = b[at];
  return other === undefined ? 1 : (a[at]?.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
}
