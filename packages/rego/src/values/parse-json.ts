import type { Value } from './value.ts';

/** What a scalar's text stands for. */
type ReadNumber = (text: string) => Value;

/** Values that are read between two looks at the limits. */
const VALUES_PER_CHECK = 64;

/**
 * A key of one character that is written as an escape. V8 13.6 takes it for a backslash once it has read another object
 * with that key in its place. In JSON the pattern stands nowhere else.
 */
const MISREAD_KEY = /"\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])"[\t\n\r ]*:/;

/**
 * The value of a JSON text, as `JSON.parse` should give it, with numbers as `readNumber` reads them.
 * @param checkLimits called every few values that are not left to `JSON.parse` alone; it may throw.
 * @throws {SyntaxError} when the text is not JSON.
 */
export function parseJson(text: string, readNumber?: ReadNumber, checkLimits?: () => void): Value {
  if (!MISREAD_KEY.test(text)) return parse(text, readNumber && reviverOf(readNumber, everyFew(checkLimits)));
  parse(text); // Throws unless it is JSON; the reader below takes that for granted.
  return new Reader(text, readNumber ?? Number, everyFew(checkLimits)).value();
}

function everyFew(checkLimits: () => void = () => undefined): () => void {
  let calls = 0;
  return () => {
    if (calls++ % VALUES_PER_CHECK === 0) checkLimits();
  };
}

/** ECMA-262 gives a reviver the source text of a scalar, which the types of the language do not know yet. */
const parse = JSON.parse as (text: string, reviver?: Reviver) => Value;

type Reviver = (key: string, value: Value, context: { readonly source?: string }) => Value;

function reviverOf(readNumber: ReadNumber, checkFewValues: () => void): Reviver {
  return (_key, value, { source }) => {
    checkFewValues();
    return typeof value === 'number' && source !== undefined ? readNumber(source) : value;
  };
}

/** One token, with the white space before it. */
const TOKEN = /[\t\n\r ]*([{}[\],:]|"(?:[^"\\]|\\.)*"|[-+.\w]+)/y;

/** Reads a text that is known to be JSON, token by token. */
class Reader {
  readonly #text: string;
  readonly #readNumber: ReadNumber;
  readonly #checkFewValues: () => void;
  readonly #token = new RegExp(TOKEN);

  constructor(text: string, readNumber: ReadNumber, checkFewValues: () => void) {
    this.#text = text;
    this.#readNumber = readNumber;
    this.#checkFewValues = checkFewValues;
  }

  value(token = this.#next()): Value {
    this.#checkFewValues();
    switch (token[0]) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return JSON.parse(token);
      case 't':
        return true;
      case 'f':
        return false;
      case 'n':
        return null;
      default:
        return this.#readNumber(token);
    }
  }

  #array(): Value {
    const elements: Value[] = [];
    for (let token = this.#next(); token !== ']'; token = this.#next()) {
      elements.push(this.value(token === ',' ? this.#next() : token));
    }
    return elements;
  }

  #object(): Value {
    const entries: [string, Value][] = [];
    for (let token = this.#next(); token !== '}'; token = this.#next()) {
      const key: string = JSON.parse(token === ',' ? this.#next() : token);
      this.#next(); // The colon.
      entries.push([key, this.value()]);
    }
    return Object.fromEntries(entries);
  }

  #next(): string {
    const token = this.#token.exec(this.#text)?.[1];
    if (token === undefined) throw new SyntaxError('not JSON');
    return token;
  }
}
