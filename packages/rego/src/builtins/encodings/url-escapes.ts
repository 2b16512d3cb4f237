import { isUtf8 } from 'node:buffer';
import { quote } from '../../go/quote.ts';
import { BuiltinError } from '../builtin.ts';
import { bytesOf, textOf } from './utf8.ts';

/** A part of a URL: which ASCII characters stand in it as they are (Go's `net/url`). */
export interface UrlPart {
  readonly unescaped: RegExp;
  /** A space is written `+`. */
  readonly isForm?: boolean;
  /** No other ASCII character stands in it at all. */
  readonly isHost?: boolean;
  readonly isZone?: boolean;
}

export const QUERY_COMPONENT: UrlPart = { unescaped: /[\w.~-]/, isForm: true };
export const USER: UrlPart = { unescaped: /[\w$&+,.;=~-]/ };
export const PATH: UrlPart = { unescaped: /[\w$&+,./:;=@~-]/ };
export const FRAGMENT: UrlPart = { unescaped: /[\w!$&()*+,./:;=?@~-]/ };
export const HOST: UrlPart = { unescaped: /[\w!"$&'()*+,.:;<=>[\]~-]/, isHost: true };
/** The zone of an address in brackets. */
export const ZONE: UrlPart = { ...HOST, isZone: true };

/** A string with everything escaped that does not stand in that part of a URL as it is. */
export function escapeUrl(text: string, part: UrlPart): string {
  return text.replace(/[\s\S]/gu, (character) => {
    if (part.unescaped.test(character)) return character;
    if (part.isForm && character === ' ') return '+';
    return [...bytesOf(character)].map((byte) => `%${hexByte(byte)}`).join('');
  });
}

/**
 * The string that stands in a part of a URL.
 * @throws {BuiltinError} with Go's words for an escape that is none, or that a host may not have.
 * @throws {NotRepresentableError} when the escapes are not UTF-8.
 */
export function unescapeUrl(text: string, part: UrlPart): string {
  checkUrlEscapes(text, part);
  return textOf(unescapedBytes(text, part));
}

/** @throws {BuiltinError} with Go's words for what may not stand in that part of a URL. */
export function checkUrlEscapes(text: string, part: UrlPart): void {
  for (const { 0: found, index } of text.matchAll(/%[\s\S]{0,2}|[^%]/gu)) {
    if (!found.startsWith('%')) checkUnescaped(found, part);
    else if (!/^%[0-9A-Fa-f]{2}$/.test(found)) throw escapeError(text.slice(index));
    else if (part.isHost && found !== '%25' && !isHostEscape(found, part)) throw escapeError(found);
  }
}

/** The bytes that stand in a part of a URL whose escapes have been checked. */
export function unescapedBytes(text: string, part: UrlPart): Buffer {
  const plain = part.isForm ? text.replaceAll('+', ' ') : text;
  if (!plain.includes('%')) return bytesOf(plain);
  const pieces = plain.match(/%[\s\S]{2}|[^%]+/g) ?? [];
  return Buffer.concat(
    pieces.map((piece) => (piece.startsWith('%') ? Buffer.from(piece.slice(1), 'hex') : bytesOf(piece))),
  );
}

function checkUnescaped(character: string, part: UrlPart): void {
  if (part.isHost && character < '\x80' && !part.unescaped.test(character))
    throw new BuiltinError(`invalid character ${quote(character)} in host name`);
}

/** A host escapes only what is not ASCII, the zone of an address only what could stand there anyway, and spaces. */
function isHostEscape(text: string, part: UrlPart): boolean {
  const byte = Number.parseInt(text.slice(1), 16);
  if (!part.isZone) return byte >= 0x80;
  return byte < 0x80 && (byte === 0x20 || part.unescaped.test(String.fromCharCode(byte)));
}

/** Go shows three bytes, even where they cut a character. */
function escapeError(text: string): BuiltinError {
  const bytes = bytesOf(text.slice(0, 4)).subarray(0, 3);
  let whole = bytes.length;
  while (!isUtf8(bytes.subarray(0, whole))) whole--;
  const cut = [...bytes.subarray(whole)].map((byte) => `\\x${byte.toString(16)}`).join('');
  const quoted = quote(bytes.subarray(0, whole).toString('utf8')).slice(0, -1);
  return new BuiltinError(`invalid URL escape ${quoted}${cut}"`);
}

function hexByte(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}
