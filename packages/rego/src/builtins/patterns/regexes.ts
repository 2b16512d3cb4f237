import type { Value } from '../../values/value.ts';
import { type BuiltinContext, BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { integerOperand, stringOperand } from '../operands.ts';
import { expandTemplate, readTemplate } from './regex/expand-template.ts';
import { type Match, type Regex, regexOf } from './regex/regex.ts';
import { patternOfTemplate } from './regex/template-pattern.ts';

/** Longest text that `regex.replace` makes, in UTF-16 units; the evaluation fails beyond. */
const REPLACED_LENGTH_MAX = 64 * 1024 * 1024;

/** Longest text that is matched without a look at the limits, in UTF-16 units. */
const UNCHECKED_LENGTH_MAX = 1_024;

/** `regex.*` (`v1/topdown/regex.go`, Go's `regexp`), all but `regex.globs_match`. */
export const regexBuiltins: BuiltinGroup = {
  'regex.match': isMatch,
  re_match: isMatch,

  'regex.is_valid': (_context, pattern: Value) => {
    if (typeof pattern !== 'string') return false;
    try {
      regexOf(pattern);
      return true;
    } catch (error) {
      if (error instanceof BuiltinError) return false;
      throw error;
    }
  },

  'regex.find_n': (context, pattern: Value, text: Value, count: Value) => {
    const { subject, found } = findOperands(context, [pattern, text, count]);
    return found.map((match) => groupText(subject, match, 0));
  },

  'regex.find_all_string_submatch_n': (context, pattern: Value, text: Value, count: Value) => {
    const { subject, found, regex } = findOperands(context, [pattern, text, count]);
    return found.map((match) => regex.groupNames.map((_name, number) => groupText(subject, match, number)));
  },

  'regex.split': (context, pattern: Value, text: Value) => {
    const patternText = stringOperand(pattern, 1);
    const subject = stringOperand(text, 2);
    const matches = allMatches(context, regexOf(patternText), subject);
    // Of no text every pattern leaves one part, but the empty pattern none.
    if (subject === '') return patternText === '' ? [] : [''];
    return partsBetween(subject, matches);
  },

  'regex.replace': (context, text: Value, pattern: Value, replacement: Value) => {
    const subject = stringOperand(text, 1);
    const patternText = stringOperand(pattern, 2);
    const template = readTemplate(stringOperand(replacement, 3));
    const regex = regexOf(patternText);
    let replaced = '';
    let end = 0;
    for (const match of allMatches(context, regex, subject)) {
      const [from = 0, to = 0] = match;
      replaced += subject.slice(end, from);
      replaced += expandTemplate(template, { text: subject, match, groupNames: regex.groupNames });
      if (replaced.length > REPLACED_LENGTH_MAX)
        throw new RangeError('regex.replace: the result is too long');
      end = to;
    }
    return replaced + subject.slice(end);
  },

  'regex.template_match': (_context, template: Value, text: Value, opening: Value, closing: Value) => {
    const [pattern, subject] = [stringOperand(template, 1), stringOperand(text, 2)];
    const delimiters = [stringOperand(opening, 3), stringOperand(closing, 4)] as const;
    const lengths = delimiters.map((delimiter) => Buffer.byteLength(delimiter, 'utf8'));
    for (const [index, end] of ['start', 'end'].entries()) {
      // Both messages tell the length of the first one.
      if (lengths[index] !== 1)
        throw new BuiltinError(
          `${end} delimiter has to be exactly one character long but is ${lengths[0]} long`,
        );
    }
    return regexOf(patternOfTemplate(pattern, ...delimiters)).isMatch(subject);
  },
};

function isMatch(context: BuiltinContext, pattern: Value, text: Value): boolean {
  const patternText = stringOperand(pattern, 1);
  const subject = stringOperand(text, 2);
  if (subject.length > UNCHECKED_LENGTH_MAX) context.checkLimits();
  return regexOf(patternText).isMatch(subject);
}

function findOperands(
  context: BuiltinContext,
  [pattern, text, count]: readonly [Value, Value, Value],
): { readonly subject: string; readonly regex: Regex; readonly found: readonly Match[] } {
  const patternText = stringOperand(pattern, 1);
  const subject = stringOperand(text, 2);
  const max = Number(integerOperand(count, 3));
  const regex = regexOf(patternText);
  return { subject, regex, found: regex.matches(subject, { max, checkLimits: () => context.checkLimits() }) };
}

function allMatches(context: BuiltinContext, regex: Regex, text: string): readonly Match[] {
  return regex.matches(text, { max: -1, checkLimits: () => context.checkLimits() });
}

function groupText(text: string, match: Match, number: number): string {
  const start = match[2 * number] ?? -1;
  return start < 0 ? '' : text.slice(start, match[2 * number + 1]);
}

/** What stands before, between and after matches; nothing before an empty match at the very start. */
function partsBetween(text: string, matches: readonly Match[]): readonly string[] {
  const parts: string[] = [];
  let begin = 0;
  let end = 0;
  for (const [from = 0, to = 0] of matches) {
    end = from;
    if (to !== 0) parts.push(text.slice(begin, from));
    begin = to;
  }
  if (end !== text.length) parts.push(text.slice(begin));
  return parts;
}
