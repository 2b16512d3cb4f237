import { RegoSet } from '../../values/collections.ts';
import { isArray } from '../../values/kinds.ts';
import type { Value } from '../../values/value.ts';
import { type BuiltinContext, BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { operandTypeError, stringOperand, stringsOperand } from '../operands.ts';

/** Occurrences that are looked for between two looks at the limits. */
const OCCURRENCES_PER_CHECK = 1024;

/** Texts found in texts. Positions count code points. */
export const searchBuiltins: BuiltinGroup = {
  contains: ofTwo((text, part) => text.includes(part)),
  startswith: ofTwo((text, prefix) => text.startsWith(prefix)),
  endswith: ofTwo((text, suffix) => text.endsWith(suffix)),
  'strings.count': (context: BuiltinContext, text: Value, part: Value) => {
    const whole = stringOperand(text, 1);
    const searched = stringOperand(part, 2);
    if (searched === '') return codePointsIn(whole, whole.length) + 1;
    let count = 0;
    for (const _index of occurrences(context, { whole, searched, step: searched.length })) count++;
    return count;
  },
  indexof: (_context: BuiltinContext, text: Value, part: Value) => {
    const whole = stringOperand(text, 1);
    const index = whole.indexOf(searchedOperand(part));
    return index < 0 ? -1 : codePointsIn(whole, index);
  },
  indexof_n: (context: BuiltinContext, text: Value, part: Value) => {
    const whole = stringOperand(text, 1);
    const searched = searchedOperand(part);
    const positions: number[] = [];
    let passed = 0;
    let position = 0;
    for (const index of occurrences(context, { whole, searched, step: 1 })) {
      position += codePointsIn(whole.slice(passed, index), index - passed);
      passed = index;
      positions.push(position);
    }
    return positions;
  },
  'strings.any_prefix_match': (_context: BuiltinContext, texts: Value, prefixes: Value) =>
    hasAnyPrefix(textsOperand(texts, 1), textsOperand(prefixes, 2)),
  'strings.any_suffix_match': (_context: BuiltinContext, texts: Value, suffixes: Value) =>
    hasAnyPrefix(textsOperand(texts, 1).map(backwards), textsOperand(suffixes, 2).map(backwards)),
};

function ofTwo(holds: (text: string, part: string) => boolean) {
  return (_context: BuiltinContext, text: Value, part: Value): Value => {
    const whole = stringOperand(text, 1);
    return holds(whole, stringOperand(part, 2));
  };
}

function searchedOperand(value: Value): string {
  const searched = stringOperand(value, 2);
  if (searched === '') throw new BuiltinError('empty search character');
  return searched;
}

function* occurrences(
  context: BuiltinContext,
  { whole, searched, step }: { readonly whole: string; readonly searched: string; readonly step: number },
): Generator<number> {
  let found = 0;
  for (let index = whole.indexOf(searched); index >= 0; index = whole.indexOf(searched, index + step)) {
    if (found++ % OCCURRENCES_PER_CHECK === 0) context.checkLimits();
    yield index;
  }
}

/** Code points in the first `length` units of a text. */
function codePointsIn(text: string, length: number): number {
  let count = 0;
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    // The second half of a pair belongs to the code point of the first.
    if (unit < 0xdc00 || unit > 0xdfff) count++;
  }
  return count;
}

function textsOperand(value: Value, position: number): readonly string[] {
  if (typeof value === 'string') return [value];
  if (isArray(value) || value instanceof RegoSet) return stringsOperand(value, position);
  throw operandTypeError(value, position, 'string', 'set', 'array');
}

function hasAnyPrefix(texts: readonly string[], prefixes: readonly string[]): boolean {
  const [only = ''] = texts;
  if (texts.length === 1) return prefixes.some((prefix) => only.startsWith(prefix));
  // Texts of one prefix stand together, right after the prefix itself, so one look per prefix will do.
  const sorted = texts.toSorted(byUnits);
  return prefixes.some((prefix) => sorted[firstFrom(sorted, prefix)]?.startsWith(prefix) ?? false);
}

function firstFrom(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

function byUnits(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The units from last to first: no text to show, but its prefixes are the suffixes of the other. */
function backwards(text: string): string {
  return text.split('').reverse().join('');
}
