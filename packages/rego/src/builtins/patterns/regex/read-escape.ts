const ESCAPE =
  /^\\(?:(?<octal>0[0-7]{0,2}|[1-7][0-7]{1,2})|x(?<hex>[0-9A-Fa-f]{2})|x\{(?<long>[0-9A-Fa-f]+)\}|(?<letter>[afnrtv])|(?<mark>[^0-9A-Za-z\x80-\uffff]))/;

const LETTERS: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** The code point of an escape in a pattern, and where the escape ends; undefined where Go sees none. */
export function readEscape(
  pattern: string,
  start: number,
): { readonly codePoint: number; readonly end: number } | undefined {
  const match = ESCAPE.exec(pattern.slice(start));
  if (match?.groups === undefined) return undefined;
  const codePoint = codePointOf(match.groups);
  return codePoint <= 0x10ffff ? { codePoint, end: start + match[0].length } : undefined;
}

function codePointOf({ octal, hex, long, letter, mark = '' }: Record<string, string | undefined>): number {
  const digits = hex ?? long;
  if (octal !== undefined) return Number.parseInt(octal, 8);
  if (digits !== undefined) return Number.parseInt(digits, 16);
  return letter === undefined ? mark.charCodeAt(0) : (LETTERS[letter] as number);
}
