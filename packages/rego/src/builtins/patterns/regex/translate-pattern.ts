import type { Ranges } from '../unicode/ranges.ts';
import { otherCases } from '../unicode/unicode.ts';
import { readClass, readUnicodeClass } from './read-class.ts';
import { readEscape } from './read-escape.ts';

// re2js reads the syntax of Go, but it knows a later version of Unicode, not all names of classes that Go knows, and
// refuses two groups of one name. So what depends on any of these is written out before re2js reads a pattern.

/** A pattern that means in re2js what the given one means in Go. */
export interface TranslatedPattern {
  readonly translated: string;
  readonly groupNames: readonly string[];
}

/**
 * Translates a pattern. From where it is no regular expression it is left unchanged, for re2js to tell what is wrong.
 * @throws {BuiltinError} with Go's words for a class of an unknown name.
 */
export function translatePattern(pattern: string): TranslatedPattern {
  const groupNames = [''];
  const outerCases: boolean[] = [];
  let ignoresCase = false;
  let translated = '';
  let position = 0;
  while (position < pattern.length) {
    const token = tokenAt(pattern, position, ignoresCase);
    if (token === undefined) return { translated: translated + pattern.slice(position), groupNames };
    translated += token.text;
    position = token.end;
    // Every group by a name of its own: without names `(?P<a>?i)` would become flags.
    if (token.group) translated += `?P<g${groupNames.length}>`;
    if (token.group !== undefined) groupNames.push(token.group);
    if (token.opens === true) outerCases.push(ignoresCase);
    if (token.closes === true) ignoresCase = outerCases.pop() ?? ignoresCase;
    ignoresCase = token.ignoresCase ?? ignoresCase;
  }
  return { translated, groupNames };
}

/** A part of a pattern, as re2js is to read it. */
interface Token {
  readonly text: string;
  readonly end: number;
  /** The name of the group that begins here, empty for none. */
  readonly group?: string;
  readonly opens?: boolean;
  readonly closes?: boolean;
  /** Whether case counts from here on, where that changes. */
  readonly ignoresCase?: boolean;
}

function tokenAt(pattern: string, start: number, ignoresCase: boolean): Token | undefined {
  switch (pattern[start]) {
    case '(':
      return groupAt(pattern, start);
    case ')':
      return { text: ')', end: start + 1, closes: true };
    case '[': {
      const read = readClass(pattern, start, ignoresCase);
      return (
        read && { text: textOfClass(read.ranges, pattern.slice(start, read.end), ignoresCase), end: read.end }
      );
    }
    case '\\':
      return escapeAt(pattern, start, ignoresCase);
    default:
      return literalAt(pattern, start, ignoresCase);
  }
}

function groupAt(pattern: string, start: number): Token | undefined {
  if (pattern[start + 1] !== '?') return { text: '(', end: start + 1, group: '', opens: true };
  const rest = pattern.slice(start);
  const named = /^\(\?P?<(\w+)>/.exec(rest);
  if (named !== null)
    return { text: '(', end: start + named[0].length, group: named[1] as string, opens: true };
  const flags = /^\(\?([imsU]*)(-[imsU]+)?([:)])/.exec(rest);
  if (flags === null) return undefined;
  const [text, on = '', off = '', last] = flags;
  const token = { text, end: start + text.length, opens: last === ':' };
  if (off.includes('i')) return { ...token, ignoresCase: false };
  return on.includes('i') ? { ...token, ignoresCase: true } : token;
}

function escapeAt(pattern: string, start: number, ignoresCase: boolean): Token | undefined {
  const letter = pattern[start + 1];
  if (letter === undefined) return undefined;
  if (letter === 'Q') return quotedAt(pattern, start, ignoresCase);
  if (letter === 'p' || letter === 'P') {
    const read = readUnicodeClass(pattern, start, ignoresCase);
    return read && { text: textOfClass(read.ranges, '', ignoresCase), end: read.end };
  }
  if (/[dDsSwWAbBzC]/.test(letter)) return { text: `\\${letter}`, end: start + 2 };
  const read = readEscape(pattern, start);
  if (read === undefined) return undefined;
  if (!ignoresCase || read.codePoint < 0x80) return { text: pattern.slice(start, read.end), end: read.end };
  return { text: textOfFolded(read.codePoint), end: read.end };
}

/** Everything up to `\E` as it stands. */
function quotedAt(pattern: string, start: number, ignoresCase: boolean): Token {
  const close = pattern.indexOf('\\E', start + 2);
  const literal = pattern.slice(start + 2, close < 0 ? undefined : close);
  const end = close < 0 ? pattern.length : close + 2;
  if (!ignoresCase) return { text: pattern.slice(start, end), end };
  const text = Array.from(literal, (character) => {
    const codePoint = character.codePointAt(0) as number;
    return codePoint < 0x80 ? character.replace(/[^0-9A-Za-z]/, '\\$&') : textOfFolded(codePoint);
  });
  return { text: text.join(''), end };
}

function literalAt(pattern: string, start: number, ignoresCase: boolean): Token {
  const codePoint = pattern.codePointAt(start) as number;
  const end = start + (codePoint > 0xffff ? 2 : 1);
  if (ignoresCase && codePoint >= 0x80) return { text: textOfFolded(codePoint), end };
  return { text: pattern.slice(start, end), end };
}

/** A code point in all its cases, whatever re2js knows of them. */
function textOfFolded(codePoint: number): string {
  return textOfClass(
    [codePoint, otherCases(codePoint)].flat().flatMap((each) => [each, each]),
    '',
    true,
  );
}

/** A class of exactly these code points; none where the pattern's own text will do. */
function textOfClass(ranges: Ranges | undefined, text: string, ignoresCase: boolean): string {
  if (ranges === undefined) return text;
  let bounds = '';
  for (let index = 0; index < ranges.length; index += 2)
    bounds += `${hex(ranges[index] as number)}-${hex(ranges[index + 1] as number)}`;
  const all = bounds === '' ? '[^\\x{0}-\\x{10ffff}]' : `[${bounds}]`;
  return ignoresCase ? `(?-i:${all})` : all;
}

function hex(codePoint: number): string {
  return `\\x{${codePoint.toString(16)}}`;
}
