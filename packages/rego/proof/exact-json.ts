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

/**
 * Reads JSON text. Of equal keys the last one counts. It does not rest on `JSON.parse`, which in V8 13.6 takes a key of one
 * escaped character for a backslash once it has read an object with such a key in the same place.
 * @throws {SyntaxError}
 */
export function readExactJson(text: string): ExactJson {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

const TOKEN = /[\s]*([{}[\],:]|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)[\s]*/y;
const LITERALS: ReadonlyMap<string, ExactJson> = new Map<string, ExactJson>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

class Reader {
  readonly #text: string;
  readonly #token = new RegExp(TOKEN);

  constructor(text: string) {
    this.#text = text;
  }

  value(token = this.#next()): ExactJson {
    if (token === '{') return this.#object();
    if (token === '[') return this.#array();
    if (token.startsWith('"')) return JSON.parse(token) as string;
    const literal = LITERALS.get(token);
    if (literal !== undefined) return literal;
    if (/^[-\d]/.test(token)) return new ExactNumber(token);
    throw new SyntaxError(`not JSON: ${token}`);
  }

  end(): void {
    if (this.#token.lastIndex !== this.#text.length) throw new SyntaxError('not JSON: more than one value');
  }

  #array(): ExactJson {
    const members: ExactJson[] = [];
    for (let token = this.#next(); token !== ']'; token = this.#next()) {
      members.push(this.value(token === ',' ? this.#next() : token));
    }
    return members;
  }

  #object(): ExactJson {
    const entries: [string, ExactJson][] = [];
    for (let token = this.#next(); token !== '}'; token = this.#next()) {
      const key = JSON.parse(token === ',' ? this.#next() : token) as string;
      if (this.#next() !== ':') throw new SyntaxError('not JSON: a key without a value');
      entries.push([key, this.value()]);
    }
    return Object.fromEntries(entries);
  }

  #next(): string {
    const match = this.#token.exec(this.#text);
    if (match === null) throw new SyntaxError('not JSON');
    return match[1] as string;
  }
}

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
