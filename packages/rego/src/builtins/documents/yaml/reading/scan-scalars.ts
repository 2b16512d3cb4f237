import { scannerError } from './scanner-error.ts';
import {
  digitOf,
  isBlank,
  isBlankOrEnd,
  isBreak,
  isBreakOrEnd,
  type Mark,
  type YamlSource,
} from './yaml-source.ts';
import type { Token } from './yaml-token.ts';

/** What a scalar's reading depends on. */
export interface ScalarContext {
  /** The column of the block around it; -1 where there is none. */
  readonly indent: number;
  readonly isInFlow: boolean;
}

/** Line breaks as they are read in the middle of a scalar. */
interface Folds {
  /** The first break. */
  first: string;
  /** Those after it. */
  others: string;
}

/** What breaks between two words stand for: one is a space, more are all but the first. */
function folded({ first, others }: Folds): string {
  if (first !== '\n') return first + others;
  return others === '' ? ' ' : others;
}

/** A literal or folded block scalar. */
export function scanBlockScalar(source: YamlSource, isLiteral: boolean, context: ScalarContext): Token {
  const start = source.mark;
  source.skip();
  const { chomping, increment } = scanBlockHeader(source, start);
  source.skipBlanks();
  if (source.is('#')) source.skipToBreak();
  if (!isBreakOrEnd(source.at(0)))
    throw scannerError(source, start, 'did not find expected comment or line break');
  source.readBreak();
  const reader = new BlockReader(source, start, context.indent);
  if (increment > 0) reader.indent = Math.max(context.indent, 0) + increment;
  const folds: Folds = { first: '', others: reader.breaks() };
  source.ensure(1);
  let text = '';
  let isAfterBlank = false;
  while (source.column === reader.indent && source.at(0) !== 0) {
    const isBeforeBlank = isBlank(source.at(0));
    const isFolded = !isLiteral && folds.first === '\n' && !isAfterBlank && !isBeforeBlank;
    text += isFolded ? (folds.others === '' ? ' ' : folds.others) : folds.first + folds.others;
    isAfterBlank = isBeforeBlank;
    text += scanLine(source);
    source.ensure(2);
    folds.first = source.readBreak();
    folds.others = reader.breaks();
  }
  if (chomping !== '-') text += folds.first;
  if (chomping === '+') text += folds.others;
  return { kind: 'scalar', start, end: source.mark, value: text, isPlain: false };
}

function scanLine(source: YamlSource): string {
  const parts: string[] = [];
  while (!isBreakOrEnd(source.at(0))) {
    parts.push(source.read());
    source.ensure(1);
  }
  return parts.join('');
}

interface BlockHeader {
  readonly chomping: '' | '+' | '-';
  /** Columns that the text is indented by; 0 where the text tells. */
  readonly increment: number;
}

function scanBlockHeader(source: YamlSource, start: Mark): BlockHeader {
  source.ensure(1);
  let chomping = scanChomping(source);
  source.ensure(1);
  const increment = digitOf(source.at(0), 10);
  if (increment === 0) throw scannerError(source, start, 'found an indentation indicator equal to 0');
  if (increment < 0) return { chomping, increment: 0 };
  source.skip();
  source.ensure(1);
  if (chomping === '') chomping = scanChomping(source);
  return { chomping, increment };
}

function scanChomping(source: YamlSource): '' | '+' | '-' {
  const chomping = source.is('+') ? '+' : source.is('-') ? '-' : '';
  if (chomping !== '') source.skip();
  return chomping;
}

class BlockReader {
  /** The column of the text; 0 until it is known. */
  indent = 0;
  readonly #source: YamlSource;
  readonly #start: Mark;
  readonly #parentIndent: number;

  constructor(source: YamlSource, start: Mark, parentIndent: number) {
    this.#source = source;
    this.#start = start;
    this.#parentIndent = parentIndent;
  }

  /** Passes over indentation and empty lines. @returns the breaks. */
  breaks(): string {
    const source = this.#source;
    const isIndentation = () => this.indent === 0 || source.column < this.indent;
    let breaks = '';
    let widest = 0;
    for (;;) {
      source.ensure(1);
      while (isIndentation() && source.is(' ')) {
        source.skip();
        source.ensure(1);
      }
      widest = Math.max(widest, source.column);
      if (isIndentation() && source.is('\t')) {
        throw scannerError(
          source,
          this.#start,
          'found a tab character where an indentation space is expected',
        );
      }
      if (!isBreak(source.at(0))) break;
      source.ensure(2);
      breaks += source.readBreak();
    }
    if (this.indent === 0) this.indent = Math.max(widest, this.#parentIndent + 1, 1);
    return breaks;
  }
}

/** A scalar in single or double quotes. */
export function scanQuotedScalar(source: YamlSource, quote: "'" | '"'): Token {
  const start = source.mark;
  source.skip();
  const parts: string[] = [];
  for (;;) {
    source.ensure(4);
    if (source.isDocumentIndicator())
      throw scannerError(source, start, 'found unexpected document indicator');
    if (source.at(0) === 0) throw scannerError(source, start, 'found unexpected end of stream');
    const isLineJoined = scanQuotedWord(source, { quote, start, parts });
    source.ensure(1);
    if (source.is(quote)) break;
    parts.push(scanSpace(source, isLineJoined));
  }
  source.skip();
  return { kind: 'scalar', start, end: source.mark, value: parts.join(''), isPlain: false };
}

interface QuotedScalar {
  readonly quote: "'" | '"';
  readonly start: Mark;
  readonly parts: string[];
}

/** Reads up to a blank, a break or the quote. @returns whether it ended with an escaped line break. */
function scanQuotedWord(source: YamlSource, { quote, start, parts }: QuotedScalar): boolean {
  while (!isBlankOrEnd(source.at(0))) {
    if (source.is(quote)) {
      if (quote === '"' || source.at(1) !== 0x27) return false;
      source.skip();
      parts.push(source.read());
    } else if (quote === '"' && source.is('\\')) {
      if (isBreak(source.at(1))) {
        source.ensure(3);
        source.skip();
        source.readBreak();
        return true;
      }
      parts.push(scanEscape(source, start));
    } else {
      parts.push(source.read());
    }
    source.ensure(2);
  }
  return false;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\x07'],
  ['b', '\b'],
  ['t', '\t'],
  ['\t', '\t'],
  ['n', '\n'],
  ['v', '\v'],
  ['f', '\f'],
  ['r', '\r'],
  ['e', '\x1b'],
  [' ', ' '],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['N', '\x85'],
  ['_', '\xa0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
]);

const ESCAPE_DIGITS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

function scanEscape(source: YamlSource, start: Mark): string {
  const letter = String.fromCodePoint(source.at(1));
  const simple = ESCAPES.get(letter);
  const length = ESCAPE_DIGITS.get(letter);
  if (simple === undefined && length === undefined)
    throw scannerError(source, start, 'found unknown escape character');
  source.skip();
  source.skip();
  if (length === undefined) return simple as string;
  source.ensure(length);
  let value = 0;
  for (let index = 0; index < length; index++) {
    const digit = digitOf(source.at(index), 16);
    if (digit < 0) throw scannerError(source, start, 'did not find expected hexdecimal number');
    value = value * 16 + digit;
  }
  if ((value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) {
    throw scannerError(source, start, 'found invalid Unicode character escape code');
  }
  for (let count = 0; count < length; count++) source.skip();
  return String.fromCodePoint(value);
}

/** Blanks and breaks within quotes. @returns what they stand for. */
function scanSpace(source: YamlSource, isLineJoined: boolean): string {
  const folds: Folds = { first: '', others: '' };
  let hasBreak = isLineJoined;
  let blanks = '';
  while (isBlank(source.at(0)) || isBreak(source.at(0))) {
    if (isBlank(source.at(0))) {
      if (hasBreak) source.skip();
      else blanks += source.read();
    } else {
      source.ensure(2);
      if (hasBreak) folds.others += source.readBreak();
      else folds.first = source.readBreak();
      hasBreak = true;
    }
    source.ensure(1);
  }
  return hasBreak ? folded(folds) : blanks;
}

/** A scalar without quotes, and whether it took the breaks behind it. */
export function scanPlainScalar(source: YamlSource, context: ScalarContext): readonly [Token, boolean] {
  const indent = context.indent + 1;
  const start = source.mark;
  let end = start;
  const parts: string[] = [];
  let space = '';
  let hasBreak = false;
  for (;;) {
    source.ensure(4);
    if (source.isDocumentIndicator() || source.is('#')) break;
    while (!isBlankOrEnd(source.at(0)) && !endsPlain(source, context)) {
      parts.push(space, source.read());
      space = '';
      hasBreak = false;
      end = source.mark;
      source.ensure(2);
    }
    if (!isBlank(source.at(0)) && !isBreak(source.at(0))) break;
    source.ensure(1);
    [space, hasBreak] = scanPlainSpace(source, start, indent);
    if (!context.isInFlow && source.column < indent) break;
  }
  return [{ kind: 'scalar', start, end, value: parts.join(''), isPlain: true }, hasBreak];
}

function endsPlain(source: YamlSource, { isInFlow }: ScalarContext): boolean {
  if (source.is(':') && isBlankOrEnd(source.at(1))) return true;
  const character = source.at(0);
  return isInFlow && character < 0x80 && ',?[]{}'.includes(String.fromCharCode(character));
}

function scanPlainSpace(source: YamlSource, start: Mark, indent: number): readonly [string, boolean] {
  const folds: Folds = { first: '', others: '' };
  let hasBreak = false;
  let blanks = '';
  while (isBlank(source.at(0)) || isBreak(source.at(0))) {
    if (isBlank(source.at(0))) {
      if (hasBreak && source.column < indent && source.is('\t')) {
        throw scannerError(source, start, 'found a tab character that violates indentation');
      }
      if (hasBreak) source.skip();
      else blanks += source.read();
    } else {
      source.ensure(2);
      if (hasBreak) folds.others += source.readBreak();
      else folds.first = source.readBreak();
      hasBreak = true;
    }
    source.ensure(1);
  }
  return [hasBreak ? folded(folds) : blanks, hasBreak];
}
