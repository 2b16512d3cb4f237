import { BuiltinError } from '../../builtin.ts';

/** A part of a glob. */
export type GlobToken =
  | { readonly kind: 'text'; readonly text: string }
  /** `?`, `*` and `**`. */
  | { readonly kind: 'one' }
  | { readonly kind: 'some' }
  | { readonly kind: 'all' }
  | { readonly kind: 'range'; readonly isNegated: boolean; readonly low: string; readonly high: string }
  | { readonly kind: 'set'; readonly isNegated: boolean; readonly characters: readonly string[] }
  /** `{`, `,` and `}`. */
  | { readonly kind: 'open' }
  | { readonly kind: 'next' }
  | { readonly kind: 'close' };

/** The parts of a glob (`gobwas/glob`). @throws {BuiltinError} with its words when the text is none. */
export function readGlob(glob: string): readonly GlobToken[] {
  const characters = [...glob];
  const tokens: GlobToken[] = [];
  let depth = 0;
  let position = 0;
  while (position < characters.length) {
    const { token, end } = tokenAt(characters, position, depth > 0);
    if (token !== undefined) tokens.push(token);
    if (token?.kind === 'open') depth++;
    if (token?.kind === 'close') depth--;
    position = end;
  }
  if (depth > 0) throw syntaxError(characters, position, 'unclosed `{`');
  return tokens;
}

interface Read {
  readonly token: GlobToken | undefined;
  readonly end: number;
}

function tokenAt(characters: readonly string[], start: number, isInAlternatives: boolean): Read {
  const end = start + 1;
  switch (characters[start]) {
    case '{':
      return { token: { kind: 'open' }, end };
    case '[':
      return classAt(characters, end);
    case '?':
      return { token: { kind: 'one' }, end };
    case '*':
      if (characters[end] === '*') return { token: { kind: 'all' }, end: end + 1 };
      return { token: { kind: 'some' }, end };
    case ',':
      if (isInAlternatives) return { token: { kind: 'next' }, end };
      break;
    case '}':
      if (isInAlternatives) return { token: { kind: 'close' }, end };
      break;
    default:
  }
  const read = textAt(characters, start, isInAlternatives ? '?*[{},' : '?*[{');
  if (read.isCut) throw syntaxError(characters, read.end, 'trailing backslash');
  return { token: { kind: 'text', text: read.text.join('') }, end: read.end };
}

/** What follows an opening bracket: `a-c]` or `abc]`, after a `!` or not. A range has no escapes. */
function classAt(characters: readonly string[], start: number): Read {
  const isNegated = characters[start] === '!';
  const first = isNegated ? start + 1 : start;
  const isRange = first < characters.length && characters[first + 1] === '-';
  const set = textAt(characters, first, ']');
  const end = isRange ? first + 3 : set.end;
  if (end >= characters.length) throw syntaxError(characters, end, 'unexpected end of input');
  if (characters[end] !== ']') throw syntaxError(characters, end + 1, 'expected close range character');
  if (!isRange) {
    if (set.text.length === 0) throw syntaxError(characters, end + 1, 'could not parse range');
    return { token: { kind: 'set', isNegated, characters: set.text }, end: end + 1 };
  }
  const [low = '', , high = ''] = characters.slice(first, end);
  if ((high.codePointAt(0) as number) < (low.codePointAt(0) as number))
    throw syntaxError(characters, end + 1, 'range hi character is less than lo');
  return { token: { kind: 'range', isNegated, low, high }, end: end + 1 };
}

/** Characters up to one of those that end a text, which a backslash makes part of it. */
function textAt(
  characters: readonly string[],
  start: number,
  ends: string,
): { readonly text: readonly string[]; readonly end: number; readonly isCut: boolean } {
  const text: string[] = [];
  let end = start;
  let isEscaped = false;
  for (; end < characters.length; end++) {
    const character = characters[end] as string;
    if (!isEscaped && character === '\\') {
      isEscaped = true;
      continue;
    }
    if (!isEscaped && ends.includes(character)) break;
    isEscaped = false;
    text.push(character);
  }
  return { text, end, isCut: isEscaped };
}

function syntaxError(characters: readonly string[], position: number, reason: string): BuiltinError {
  const offset = Buffer.byteLength(characters.slice(0, position).join(''), 'utf8');
  return new BuiltinError(`glob: syntax error at ${offset}: ${reason}`);
}
