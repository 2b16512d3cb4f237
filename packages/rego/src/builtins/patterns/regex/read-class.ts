import { negated, type Ranges, rangesOf } from '../unicode/ranges.ts';
import { unicodeClass, unicodeClassOfAllCases, withAllCases } from '../unicode/unicode.ts';
import { readEscape } from './read-escape.ts';
import { syntaxError } from './syntax-error.ts';

/** A class of a pattern and where it ends. Without ranges re2js reads its text as Go does. */
export interface ReadClass {
  readonly ranges: Ranges | undefined;
  readonly end: number;
}

/** The class in brackets that begins at a position; undefined where Go sees none. */
export function readClass(pattern: string, start: number, ignoresCase: boolean): ReadClass | undefined {
  const isNegated = pattern[start + 1] === '^';
  const bounds: number[] = [];
  let position = start + (isNegated ? 2 : 1);
  let needsRanges = false;
  let isFirst = true;
  while (isFirst || pattern[position] !== ']') {
    isFirst = false;
    const part = readPart(pattern, position, ignoresCase);
    if (part === undefined) return undefined;
    needsRanges ||= part.isUnicode;
    bounds.push(...part.ranges);
    position = part.end;
  }
  const end = position + 1;
  if (!needsRanges) return { ranges: undefined, end };
  const ranges = rangesOf(bounds);
  return { ranges: isNegated ? negated(ranges) : ranges, end };
}

/**
 * The class `\p{..}` that begins at a position; undefined where the pattern ends before it does.
 * @throws {BuiltinError} with Go's words when there is no class of the name.
 */
export function readUnicodeClass(
  pattern: string,
  start: number,
  ignoresCase: boolean,
): ReadClass | undefined {
  const match = /^\\([pP])(?:\{(\^?)([^}]*)\}|([^{]))/u.exec(pattern.slice(start));
  if (match === null) return undefined;
  const [text, letter, mark = '', long, short = ''] = match;
  const name = long ?? short;
  const ranges = ignoresCase ? unicodeClassOfAllCases(name) : unicodeClass(name);
  if (ranges === undefined) throw syntaxError('invalid character class range', text);
  const isNegated = (letter === 'P') !== (mark === '^');
  return { ranges: isNegated ? negated(ranges) : ranges, end: start + text.length };
}

interface Part {
  readonly ranges: Ranges;
  readonly end: number;
  /** Whether it has to do with more of Unicode than ASCII, in which re2js and Go agree. */
  readonly isUnicode: boolean;
}

function readPart(pattern: string, start: number, ignoresCase: boolean): Part | undefined {
  if (pattern.startsWith('[:', start)) {
    const close = pattern.indexOf(':]', start + 2);
    if (close >= 0)
      return group(POSIX[pattern.slice(start + 2, close).replace(/^\^/, '')], close + 2, {
        isNegated: pattern[start + 2] === '^',
        ignoresCase,
      });
  }
  if (/^\\[pP]/.test(pattern.slice(start, start + 2))) {
    const read = readUnicodeClass(pattern, start, ignoresCase);
    return read?.ranges && { ranges: read.ranges, end: read.end, isUnicode: true };
  }
  const [, letter] = /^\\([dswDSW])/.exec(pattern.slice(start, start + 2)) ?? [];
  if (letter === undefined) return readRange(pattern, start, ignoresCase);
  const name = letter.toLowerCase();
  return group(PERL[name], start + 2, { isNegated: letter !== name, ignoresCase });
}

function group(
  ranges: Ranges | undefined,
  end: number,
  { isNegated, ignoresCase }: { readonly isNegated: boolean; readonly ignoresCase: boolean },
): Part | undefined {
  if (ranges === undefined) return undefined;
  const all = ignoresCase ? withAllCases(ranges) : ranges;
  return { ranges: isNegated ? negated(all) : all, end, isUnicode: false };
}

function readRange(pattern: string, start: number, ignoresCase: boolean): Part | undefined {
  const low = readCharacter(pattern, start);
  if (low === undefined) return undefined;
  const isRange = pattern[low.end] === '-' && low.end + 1 < pattern.length && pattern[low.end + 1] !== ']';
  const high = isRange ? readCharacter(pattern, low.end + 1) : low;
  if (high === undefined || high.codePoint < low.codePoint) return undefined;
  const ranges = [low.codePoint, high.codePoint];
  const isUnicode = ignoresCase && high.codePoint >= 0x80;
  return { ranges: ignoresCase ? withAllCases(ranges) : ranges, end: high.end, isUnicode };
}

function readCharacter(
  pattern: string,
  start: number,
): { readonly codePoint: number; readonly end: number } | undefined {
  if (pattern[start] === '\\') return readEscape(pattern, start);
  const codePoint = pattern.codePointAt(start);
  return codePoint === undefined ? undefined : { codePoint, end: start + (codePoint > 0xffff ? 2 : 1) };
}

const PERL: Readonly<Record<string, Ranges>> = {
  d: ranges('09'),
  s: rangesOf([0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20]),
  w: ranges('09AZ__az'),
};

const POSIX: Readonly<Record<string, Ranges>> = {
  alnum: ranges('09AZaz'),
  alpha: ranges('AZaz'),
  ascii: [0, 0x7f],
  blank: ranges('\t\t  '),
  cntrl: [0, 0x1f, 0x7f, 0x7f],
  digit: ranges('09'),
  graph: ranges('!~'),
  lower: ranges('az'),
  print: ranges(' ~'),
  punct: ranges('!/:@[`{~'),
  space: ranges('\t\r  '),
  upper: ranges('AZ'),
  word: ranges('09AZ__az'),
  xdigit: ranges('09AFaf'),
};

/** Ranges of ASCII characters, bound after bound. */
function ranges(bounds: string): Ranges {
  return rangesOf(Array.from(bounds, (bound) => bound.charCodeAt(0)));
}
