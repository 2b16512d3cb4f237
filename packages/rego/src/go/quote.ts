import { isPrintable } from './printable.ts';

/** Which characters of a quoted text are escaped: all that do not print, or all past ASCII too. */
export type QuoteStyle = 'unicode' | 'ascii';

/** What a code point past Unicode's last one is written as. */
const REPLACEMENT = 0xfffd;

const ESCAPES: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
};

/** Nothing in it is escaped in either style. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A text in double quotes, as Go's `strconv.Quote` or `strconv.QuoteToASCII` writes it. */
export function quote(text: string, style: QuoteStyle = 'unicode'): string {
  if (PLAIN.test(text)) return `"${text}"`;
  let quoted = '"';
  for (const character of text) quoted += escaped(character.codePointAt(0) as number, '"', style);
  return `${quoted}"`;
}

/** A text of bytes, one character for each, in quotes as the errors of Go's package time have it: bytes outside of printable ASCII as `\xNN`. */
export function quoteBytes(bytes: string): string {
  let quoted = '"';
  for (const byte of bytes) {
    if (byte >= '\x80' || byte < ' ') quoted += `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
    else quoted += byte === '"' || byte === '\\' ? `\\${byte}` : byte;
  }
  return `${quoted}"`;
}

/** A code point in single quotes, as Go's `strconv.QuoteRune`. One that is not valid is U+FFFD. */
export function quoteCodePoint(codePoint: number, style: QuoteStyle = 'unicode'): string {
  return `'${escaped(validCodePoint(codePoint), "'", style)}'`;
}

/** The code point, or U+FFFD where it is a surrogate or past the last one. */
export function validCodePoint(codePoint: number): number {
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  return codePoint < 0 || codePoint > 0x10ffff || isSurrogate ? REPLACEMENT : codePoint;
}

/** Whether Go would put a text between backquotes: it has none, and no control character other than tab. */
export function canBackquote(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question.
  return !/[\0-\x08\x0a-\x1f`\x7f\ufeff]/.test(text);
}

function escaped(codePoint: number, mark: string, style: QuoteStyle): string {
  const character = String.fromCodePoint(codePoint);
  if (character === mark || character === '\\') return `\\${character}`;
  if ((style === 'unicode' || codePoint < 0x80) && isPrintable(codePoint)) return character;
  const short = ESCAPES[codePoint];
  if (short !== undefined) return short;
  const digits = codePoint.toString(16);
  if (codePoint < 0x20 || codePoint === 0x7f) return `\\x${digits.padStart(2, '0')}`;
  return codePoint < 0x10000 ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}
