import { floatText } from '../../../../go/float-text.ts';
import { type Decoded, DecodedMap } from '../decoding/decoded.ts';
import { isBreak } from '../reading/yaml-source.ts';
import { sortedYamlKeys } from './key-order.ts';
import { isPrintable, type ScalarStyle, styleOf } from './scalar-style.ts';

/** Columns of each level. */
const INDENT = 2;
/** Bytes of a key that stands on one line with its value. */
const SIMPLE_KEY_LENGTH_MAX = 128;

/**
 * A value as a YAML text, as Go's `yaml.v3` writes it with two columns of indentation.
 * @param checkLimits called for each value, and between keys that are sorted.
 */
export function writeYaml(value: Decoded, checkLimits: () => void): string {
  const writer = new Writer(checkLimits);
  const isCollection = Array.isArray(value) || value instanceof DecodedMap;
  writer.node(value, { indent: isCollection ? 0 : INDENT, isSimpleKey: false });
  writer.beginLine(0);
  return writer.text;
}

interface Place {
  /** Where a collection's lines begin; the lines of a scalar are further in. */
  readonly indent: number;
  readonly isSimpleKey: boolean;
}

class Writer {
  readonly #parts: string[] = [];
  readonly #checkLimits: () => void;
  #column = 0;
  /** Whether a blank, or nothing, stands before. */
  #isAfterSpace = true;
  /** Whether there is nothing on the line but indentation and the marks of entries. */
  #isIndentation = true;

  constructor(checkLimits: () => void) {
    this.#checkLimits = checkLimits;
  }

  get text(): string {
    return this.#parts.join('');
  }

  node(value: Decoded, place: Place): void {
    this.#checkLimits();
    if (Array.isArray(value)) this.#sequence(value, place);
    else if (value instanceof DecodedMap) this.#mapping(value, place);
    else if (typeof value === 'string') this.#scalar(value, styleOf(value, place.isSimpleKey), place);
    else this.#scalar(scalarText(value), 'plain', place);
  }

  /** Goes to a column of a line that has nothing on it but marks of entries. */
  beginLine(indent: number): void {
    const isPast = this.#column > indent || (this.#column === indent && !this.#isAfterSpace);
    if (!this.#isIndentation || isPast) this.#break('\n');
    this.#put(' '.repeat(Math.max(indent - this.#column, 0)));
    this.#isAfterSpace = true;
  }

  #sequence(elements: readonly Decoded[], { indent }: Place): void {
    if (elements.length === 0) {
      this.#empty('[', ']');
      return;
    }
    for (const element of elements) {
      this.beginLine(indent);
      this.#mark('-', { needsSpace: true, isIndentation: true });
      this.node(element, { indent: indent + INDENT, isSimpleKey: false });
    }
  }

  #mapping(map: DecodedMap, { indent }: Place): void {
    const members = new Map([...map.entries()].map(([key, value]) => [key as string, value]));
    if (members.size === 0) {
      this.#empty('{', '}');
      return;
    }
    for (const key of sortedYamlKeys([...members.keys()], this.#checkLimits)) {
      this.beginLine(indent);
      const isSimpleKey = Buffer.byteLength(key) <= SIMPLE_KEY_LENGTH_MAX && !hasBreak(key);
      if (!isSimpleKey) this.#mark('?', { needsSpace: true, isIndentation: true });
      this.node(key, { indent: indent + INDENT, isSimpleKey });
      if (isSimpleKey) this.#mark(':', { needsSpace: false, isIndentation: false });
      else {
        this.beginLine(indent);
        this.#mark(':', { needsSpace: true, isIndentation: true });
      }
      this.node(members.get(key) as Decoded, { indent: indent + INDENT, isSimpleKey: false });
    }
  }

  #empty(open: string, close: string): void {
    this.#mark(open, { needsSpace: true, isIndentation: false });
    this.#isAfterSpace = true;
    this.#mark(close, { needsSpace: false, isIndentation: false });
  }

  #scalar(text: string, style: ScalarStyle, { indent }: Place): void {
    switch (style) {
      case 'plain':
        if (!this.#isAfterSpace) this.#put(' ');
        this.#put(text);
        break;
      case 'single':
        this.#single(text, indent);
        break;
      case 'double':
        this.#mark('"', { needsSpace: true, isIndentation: false });
        this.#put(escaped(text));
        this.#put('"');
        break;
      default:
        this.#literal(text, indent);
        return;
    }
    this.#isAfterSpace = false;
    this.#isIndentation = false;
  }

  #single(text: string, indent: number): void {
    this.#mark("'", { needsSpace: true, isIndentation: false });
    this.#lines(text.replaceAll("'", "''"), indent, false);
    this.#put("'");
  }

  #literal(text: string, indent: number): void {
    const points = Array.from(text, (character) => character.codePointAt(0) as number);
    const [last = 0, beforeLast] = [points.at(-1), points.at(-2)];
    const first = points[0] as number;
    const hint = first === 0x20 || isBreak(first) ? String(INDENT) : '';
    const keepsBreaks = isBreak(last) && (beforeLast === undefined || isBreak(beforeLast));
    this.#mark(`|${hint}${isBreak(last) ? (keepsBreaks ? '+' : '') : '-'}`, {
      needsSpace: true,
      isIndentation: false,
    });
    this.#break('\n');
    this.#isAfterSpace = true;
    this.#lines(text, indent, true);
  }

  /** Text whose line breaks stay; a line that is not empty is indented. */
  #lines(text: string, indent: number, isAfterBreak: boolean): void {
    let isLineNew = isAfterBreak;
    for (const character of text) {
      if (isBreak(character.codePointAt(0) as number)) {
        this.#break(character);
        isLineNew = true;
        continue;
      }
      if (isLineNew) this.beginLine(indent);
      this.#put(character);
      this.#isIndentation = false;
      isLineNew = false;
    }
  }

  #mark(mark: string, { needsSpace, isIndentation }: { needsSpace: boolean; isIndentation: boolean }): void {
    if (needsSpace && !this.#isAfterSpace) this.#put(' ');
    this.#put(mark);
    this.#isAfterSpace = false;
    this.#isIndentation &&= isIndentation;
  }

  #break(character: string): void {
    this.#parts.push(character);
    this.#column = 0;
    this.#isIndentation = true;
  }

  #put(text: string): void {
    this.#parts.push(text);
    this.#column += text.length;
  }
}

function hasBreak(text: string): boolean {
  return /[\n\r\x85\u2028\u2029]/.test(text);
}

function scalarText(value: null | boolean | number | bigint): string {
  if (typeof value !== 'number') return String(value);
  return floatText(value, 'g', -1);
}

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x00, '0'],
  [0x07, 'a'],
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0b, 'v'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x1b, 'e'],
  [0x22, '"'],
  [0x5c, '\\'],
  [0x85, 'N'],
  [0xa0, '_'],
  [0x2028, 'L'],
  [0x2029, 'P'],
]);

function escaped(text: string): string {
  // Behind a byte order mark at the very beginning, everything is escaped.
  const isMarked = text.startsWith('\ufeff');
  let result = '';
  for (const character of text) {
    const point = character.codePointAt(0) as number;
    const isEscaped =
      isMarked || !isPrintable(point) || isBreak(point) || character === '"' || character === '\\';
    result += isEscaped ? `\\${ESCAPES.get(point) ?? hexadecimal(point)}` : character;
  }
  return result;
}

function hexadecimal(point: number): string {
  const digits = point.toString(16).toUpperCase();
  if (point <= 0xff) return `x${digits.padStart(2, '0')}`;
  return point <= 0xffff ? `u${digits.padStart(4, '0')}` : `U${digits.padStart(8, '0')}`;
}
