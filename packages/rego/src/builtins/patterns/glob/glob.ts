import { RE2JS } from 're2js';
import { KeptPatterns } from '../kept-patterns.ts';
import { type GlobToken, readGlob } from './read-glob.ts';

/** A compiled glob. Matching takes time linear in the text. */
export interface Glob {
  isMatch(text: string): boolean;
}

/** Globs by their separators and the glob itself. */
const kept = new KeptPatterns<Glob>((key) => {
  const [separators, glob] = JSON.parse(key) as [string[], string];
  const regex = RE2JS.compile(
    `^(?:${readGlob(glob)
      .map((token) => patternOf(token, separators))
      .join('')})$`,
  );
  return { isMatch: (text) => regex.test(text) };
});

/**
 * The glob of a text, in which `?` and `*` stand for no separator.
 * @throws {BuiltinError} with the words of `gobwas/glob` when it is none.
 */
export function globOf(glob: string, separators: readonly string[]): Glob {
  return kept.get(JSON.stringify([separators, glob]));
}

/** A text as a glob that only it matches. */
export function quoteGlob(text: string): string {
  return text.replace(/[*?\\[\]{}]/g, '\\$&');
}

/** Any character, line breaks too. */
const ANY = '(?s:.)';

function patternOf(token: GlobToken, separators: readonly string[]): string {
  const inner = separators.length === 0 ? ANY : `[^${separators.map(hex).join('')}]`;
  switch (token.kind) {
    case 'text':
      return Array.from(token.text, hex).join('');
    case 'one':
      return inner;
    case 'some':
      return `${inner}*`;
    case 'all':
      return `${ANY}*`;
    case 'range':
      return `[${token.isNegated ? '^' : ''}${hex(token.low)}-${hex(token.high)}]`;
    case 'set':
      return `[${token.isNegated ? '^' : ''}${token.characters.map(hex).join('')}]`;
    case 'open':
      return '(?:';
    case 'next':
      return '|';
    case 'close':
      return ')';
  }
}

/** A character as it stands in a pattern, whatever it means there. */
function hex(character: string): string {
  return `\\x{${(character.codePointAt(0) as number).toString(16)}}`;
}
