import { MatcherInput, RE2JS, RE2JSSyntaxException } from 're2js';
import { detached } from '../../../values/strings.ts';
import { KeptPatterns } from '../kept-patterns.ts';
import { syntaxError } from './syntax-error.ts';
import { translatePattern } from './translate-pattern.ts';

/** A compiled regular expression, with what Go's `regexp` offers of it. Matching takes time linear in the text. */
export interface Regex {
  /** Names of the groups by number, empty for those without; the whole match is number 0. */
  readonly groupNames: readonly string[];
  isMatch(text: string): boolean;
  /** At most so many matches (all for a number below 0), each as start and end of every group, -1 where unused. */
  matches(text: string, search: { readonly max: number; readonly checkLimits: () => void }): readonly Match[];
}

/** Start and end of each group in turns, in UTF-16 units. */
export type Match = readonly number[];

const kept = new KeptPatterns(compile);

/** The regular expression of a pattern. @throws {BuiltinError} with Go's words when it is none. */
export function regexOf(pattern: string): Regex {
  return kept.get(pattern);
}

/** re2js has no name for it: the search may begin anywhere. */
const UNANCHORED = 0;

function compile(pattern: string): Regex {
  const { translated, groupNames } = translatePattern(pattern);
  const compiled = compileTranslated(pattern, translated);
  const engine = compiled.re2();
  return {
    groupNames,
    isMatch: keptForShortTexts((text) => compiled.test(text)),
    matches: (text, { max, checkLimits }) => {
      const input = MatcherInput.utf16(text);
      const found: Match[] = [];
      let position = 0;
      let previousEnd = -1;
      while (found.length !== max && position <= text.length) {
        checkLimits();
        const [isFound, groups] = engine.matchMachineInput(
          input,
          position,
          text.length,
          UNANCHORED,
          groupNames.length,
        );
        if (!isFound) break;
        const match: Match = groups;
        const [start = 0, end = 0] = match;
        // An empty match right after another one is none.
        if (end !== position || start !== previousEnd) found.push(match);
        position = end === position ? position + ((text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1) : end;
        previousEnd = end;
      }
      return found;
    },
  };
}

/** Policies ask the same names of the same patterns in every evaluation. */
const SHORT_LENGTH_MAX = 64;
const SHORT_TEXTS_MAX = 256;

function keptForShortTexts(isMatch: (text: string) => boolean): (text: string) => boolean {
  const kept = new Map<string, boolean>();
  return (text) => {
    if (text.length > SHORT_LENGTH_MAX) return isMatch(text);
    const known = kept.get(text);
    if (known !== undefined) return known;
    if (kept.size === SHORT_TEXTS_MAX) kept.clear();
    const matched = isMatch(text);
    kept.set(detached(text), matched);
    return matched;
  };
}

function compileTranslated(pattern: string, translated: string): RE2JS {
  try {
    return RE2JS.compile(translated);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    // Go sees flags in what is too short for a name.
    if (error.input === '(?P<' || error.input === '(?<')
      throw syntaxError('invalid or unsupported Perl syntax', error.input.slice(0, 3));
    throw syntaxError(error.error, faultIn(pattern, translated, error));
  }
}

/** The part of a pattern that Go tells is at fault. */
function faultIn(pattern: string, translated: string, { error, input }: RE2JSSyntaxException): string {
  if (error === 'trailing backslash at end of expression') return '';
  if (input === null || input === translated) return pattern;
  return input;
}
