import { quoteCodePoint } from '../../go/quote.ts';
import { BuiltinError } from '../builtin.ts';

/** How deep Go's JSON may nest. */
export const JSON_DEPTH_MAX = 10_000;

const QUOTE = 34;
const BACKSLASH = 92;
const OBJECT_START = 123;
const OBJECT_END = 125;
const ARRAY_START = 91;
const ARRAY_END = 93;
const COMMA = 44;
const COLON = 58;
const ZERO = 48;

/**
 * Walks through JSON text the way Go's `encoding/json` does, for what it says of text that is no JSON. It says it of
 * bytes.
 */
export class JsonScanner {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Where the next byte stands. */
  get position(): number {
    return this.#position;
  }

  /** The next byte that is no white space, or undefined at the end. */
  peek(): number | undefined {
    while (isSpace(this.#bytes[this.#position])) this.#position++;
    return this.#bytes[this.#position];
  }

  /** Passes over one value. @throws {BuiltinError} with Go's words where it ends too early or is none. */
  skipValue(): void {
    const open: number[] = [];
    do {
      if (!this.#beginValue(open)) continue;
      this.#endValue(open);
    } while (open.length > 0);
  }

  /** Whether a value was read whole; otherwise an array or object has been opened that has members. */
  #beginValue(open: number[]): boolean {
    const byte = this.peek();
    if (byte !== ARRAY_START && byte !== OBJECT_START) {
      this.#skipScalar(byte);
      return true;
    }
    open.push(byte);
    if (open.length > JSON_DEPTH_MAX) throw this.#invalid('exceeded max depth');
    this.#position++;
    const next = this.#next();
    if (next === (byte === ARRAY_START ? ARRAY_END : OBJECT_END)) {
      this.#position++;
      open.pop();
      return true;
    }
    if (byte === OBJECT_START) this.#skipKey();
    return false;
  }

  /** Closes what ends after a value, up to where the next one begins. */
  #endValue(open: number[]): void {
    while (open.length > 0) {
      const isArray = open.at(-1) === ARRAY_START;
      const byte = this.#next();
      if (byte !== COMMA && byte !== (isArray ? ARRAY_END : OBJECT_END))
        throw this.#invalid(isArray ? 'after array element' : 'after object key:value pair');
      this.#position++;
      if (byte === COMMA) {
        this.#next();
        if (!isArray) this.#skipKey();
        return;
      }
      open.pop();
    }
  }

  #skipKey(): void {
    if (this.#next() !== QUOTE) throw this.#invalid('looking for beginning of object key string');
    this.#skipString();
    if (this.#next() !== COLON) throw this.#invalid('after object key');
    this.#position++;
    this.#next();
  }

  #skipScalar(byte: number | undefined): void {
    if (byte === QUOTE) this.#skipString();
    else if (byte === 116) this.#skipWord('true');
    else if (byte === 102) this.#skipWord('false');
    else if (byte === 110) this.#skipWord('null');
    else if (byte === 45 || isDigit(byte)) this.#skipNumber();
    else throw this.#invalid('looking for beginning of value');
  }

  #skipString(): void {
    this.#position++;
    for (;;) {
      const byte = this.#byte();
      if (byte < 0x20) throw this.#invalid('in string literal');
      this.#position++;
      if (byte === QUOTE) return;
      if (byte === BACKSLASH) this.#skipEscape();
    }
  }

  #skipEscape(): void {
    const letter = String.fromCharCode(this.#byte());
    if (!'bfnrt\\/"u'.includes(letter)) throw this.#invalid('in string escape code');
    this.#position++;
    if (letter !== 'u') return;
    for (let digits = 0; digits < 4; digits++) {
      if (!/[0-9A-Fa-f]/.test(String.fromCharCode(this.#byte())))
        throw this.#invalid('in \\u hexadecimal character escape');
      this.#position++;
    }
  }

  #skipWord(word: string): void {
    for (const [index, letter] of [...word].entries()) {
      if (String.fromCharCode(this.#byte()) !== letter)
        throw this.#invalid(`in literal ${word} (expecting ${quoteCodePoint(word.charCodeAt(index))})`);
      this.#position++;
    }
  }

  #skipNumber(): void {
    if (this.#byte() === 45) this.#position++;
    if (this.#byte() === ZERO) this.#position++;
    else this.#skipDigits('in numeric literal');
    if (this.#bytes[this.#position] === 46) {
      this.#position++;
      this.#skipDigits('after decimal point in numeric literal');
    }
    if (this.#bytes[this.#position] !== 69 && this.#bytes[this.#position] !== 101) return;
    this.#position++;
    const sign = this.#byte();
    if (sign === 43 || sign === 45) this.#position++;
    this.#skipDigits('in exponent of numeric literal');
  }

  #skipDigits(context: string): void {
    if (!isDigit(this.#byte())) throw this.#invalid(context);
    while (isDigit(this.#bytes[this.#position])) this.#position++;
  }

  /** The next byte that is no white space, where text has to follow. */
  #next(): number {
    this.peek();
    return this.#byte();
  }

  #byte(): number {
    const byte = this.#bytes[this.#position];
    if (byte === undefined) throw new BuiltinError('unexpected EOF');
    return byte;
  }

  /** Go's error for the next byte. */
  #invalid(context: string): BuiltinError {
    return new BuiltinError(`invalid character ${quoteCodePoint(this.#byte())} ${context}`);
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= 57;
}
