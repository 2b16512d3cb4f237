import { scannerError } from './scanner-error.ts';
import {
  digitOf,
  isBlank,
  isBlankOrEnd,
  isBreakOrEnd,
  isNameCharacter,
  type Mark,
  type YamlSource,
} from './yaml-source.ts';
import type { Token } from './yaml-token.ts';

/** Digits of a part of a version. */
const VERSION_DIGITS_MAX = 2;

/** A `%YAML` or `%TAG` directive, with the line it is on. */
export function scanDirective(source: YamlSource): Token {
  const start = source.mark;
  source.skip();
  const name = scanName(source);
  if (name === '') throw scannerError(source, start, 'could not find expected directive name');
  if (!isBlankOrEnd(source.at(0)))
    throw scannerError(source, start, 'found unexpected non-alphabetical character');
  const token = directiveToken(source, name, start);
  source.skipBlanks();
  if (source.is('#')) source.skipToBreak();
  if (!isBreakOrEnd(source.at(0)))
    throw scannerError(source, start, 'did not find expected comment or line break');
  source.readBreak();
  return token;
}

function directiveToken(source: YamlSource, name: string, start: Mark): Token {
  if (name === 'YAML') {
    source.skipBlanks();
    const major = scanVersionNumber(source, start);
    if (!source.is('.')) throw scannerError(source, start, "did not find expected digit or '.' character");
    source.skip();
    const value = `${major}.${scanVersionNumber(source, start)}`;
    return { kind: 'version_directive', start, end: source.mark, value };
  }
  if (name !== 'TAG') throw scannerError(source, start, 'found unknown directive name');
  source.skipBlanks();
  const value = scanHandle(source, start, true);
  source.ensure(1);
  if (!isBlank(source.at(0))) throw scannerError(source, start, 'did not find expected whitespace');
  source.skipBlanks();
  const suffix = scanUri(source, start, '');
  source.ensure(1);
  if (!isBlankOrEnd(source.at(0)))
    throw scannerError(source, start, 'did not find expected whitespace or line break');
  return { kind: 'tag_directive', start, end: source.mark, value, suffix };
}

function scanVersionNumber(source: YamlSource, start: Mark): number {
  source.ensure(1);
  let digits = '';
  while (digitOf(source.at(0), 10) >= 0) {
    if (digits.length === VERSION_DIGITS_MAX)
      throw scannerError(source, start, 'found extremely long version number');
    digits += source.read();
    source.ensure(1);
  }
  if (digits === '') throw scannerError(source, start, 'did not find expected version number');
  return Number(digits);
}

/** An anchor or an alias. */
export function scanAnchor(source: YamlSource, kind: 'anchor' | 'alias'): Token {
  const start = source.mark;
  source.skip();
  const value = scanName(source);
  const next = source.at(0);
  const isEnded = isBlankOrEnd(next) || (next < 0x80 && '?:,]}%@`'.includes(String.fromCharCode(next)));
  if (value === '' || !isEnded) {
    throw scannerError(source, start, 'did not find expected alphabetic or numeric character');
  }
  return { kind, start, end: source.mark, value };
}

/** A tag: `!<uri>`, `!handle!suffix`, `!suffix` or `!`. */
export function scanTag(source: YamlSource): Token {
  const start = source.mark;
  source.ensure(2);
  const [handle, suffix] =
    source.at(1) === 0x3c ? scanVerbatimTag(source, start) : scanShortTag(source, start);
  source.ensure(1);
  if (!isBlankOrEnd(source.at(0)))
    throw scannerError(source, start, 'did not find expected whitespace or line break');
  return { kind: 'tag', start, end: source.mark, value: handle, suffix };
}

function scanVerbatimTag(source: YamlSource, start: Mark): readonly [string, string] {
  source.skip();
  source.skip();
  const suffix = scanUri(source, start, '');
  if (!source.is('>')) throw scannerError(source, start, "did not find the expected '>'");
  source.skip();
  return ['', suffix];
}

function scanShortTag(source: YamlSource, start: Mark): readonly [string, string] {
  const handle = scanHandle(source, start, false);
  if (handle.length > 1 && handle.endsWith('!')) return [handle, scanUri(source, start, '')];
  const suffix = scanUri(source, start, handle);
  return suffix === '' ? ['', '!'] : ['!', suffix];
}

function scanHandle(source: YamlSource, start: Mark, isDirective: boolean): string {
  source.ensure(1);
  if (!source.is('!')) throw scannerError(source, start, "did not find expected '!'");
  const handle = source.read() + scanName(source);
  if (source.is('!')) return handle + source.read();
  if (isDirective && handle !== '!') throw scannerError(source, start, "did not find expected '!'");
  return handle;
}

/** The rest of a tag. @param head the handle of which all but the first character belongs to it. */
function scanUri(source: YamlSource, start: Mark, head: string): string {
  const octets = [...Buffer.from(head.slice(1))];
  let hasTag = head !== '';
  source.ensure(1);
  while (isUriCharacter(source.at(0))) {
    if (source.is('%')) octets.push(...scanEscapes(source, start));
    else octets.push(source.read().charCodeAt(0));
    source.ensure(1);
    hasTag = true;
  }
  if (!hasTag) throw scannerError(source, start, 'did not find expected tag URI');
  return Buffer.from(octets).toString();
}

function isUriCharacter(character: number): boolean {
  return character < 0x80 && /[\w\-;/?:@&=+$,.!~*'()[\]%]/.test(String.fromCharCode(character));
}

/** The escaped octets of one character. */
function scanEscapes(source: YamlSource, start: Mark): readonly number[] {
  const octets: number[] = [];
  let left = 0;
  do {
    source.ensure(3);
    const [high, low] = [digitOf(source.at(1), 16), digitOf(source.at(2), 16)];
    if (!source.is('%') || high < 0 || low < 0)
      throw scannerError(source, start, 'did not find URI escaped octet');
    const octet = high * 16 + low;
    if (octets.length === 0) {
      left = widthOf(octet);
      if (left === 0) throw scannerError(source, start, 'found an incorrect leading UTF-8 octet');
    } else if ((octet & 0xc0) !== 0x80) {
      throw scannerError(source, start, 'found an incorrect trailing UTF-8 octet');
    }
    octets.push(octet);
    for (let count = 0; count < 3; count++) source.skip();
    left--;
  } while (left > 0);
  return octets;
}

/** The octets of a character that begins with this one; 0 where none does. */
function widthOf(octet: number): number {
  if (octet < 0x80) return 1;
  if (octet < 0xc0) return 0;
  return octet < 0xe0 ? 2 : octet < 0xf0 ? 3 : octet < 0xf8 ? 4 : 0;
}

function scanName(source: YamlSource): string {
  let name = '';
  source.ensure(1);
  while (isNameCharacter(source.at(0))) {
    name += source.read();
    source.ensure(1);
  }
  return name;
}
