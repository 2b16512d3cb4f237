import { toLower, toUpper } from '../../go/letter-case.ts';
import { RegoSet, sortedEntries } from '../../values/collections.ts';
import { isArray } from '../../values/kinds.ts';
import type { Value } from '../../values/value.ts';
import { type BuiltinContext, BuiltinError, type BuiltinGroup } from '../builtin.ts';
import {
  integerOperand,
  objectOperand,
  operandError,
  operandTypeError,
  stringOperand,
  stringsOperand,
} from '../operands.ts';
import { replaceAny } from './replace-any.ts';

/** Texts made of texts. Lengths and positions count code points. */
export const rewritingBuiltins: BuiltinGroup = {
  lower: (_context: BuiltinContext, text: Value) => toLower(stringOperand(text, 1)),
  upper: (_context: BuiltinContext, text: Value) => toUpper(stringOperand(text, 1)),
  'strings.reverse': (_context: BuiltinContext, text: Value) =>
    [...stringOperand(text, 1)].reverse().join(''),
  concat: (_context: BuiltinContext, separator: Value, texts: Value) => {
    const between = stringOperand(separator, 1);
    if (!isArray(texts) && !(texts instanceof RegoSet)) throw operandTypeError(texts, 2, 'set', 'array');
    return stringsOperand(texts, 2).join(between);
  },
  split: (_context: BuiltinContext, text: Value, delimiter: Value) => {
    const whole = stringOperand(text, 1);
    return partsOf(whole, stringOperand(delimiter, 2));
  },
  'strings.split_n': (_context: BuiltinContext, text: Value, delimiter: Value, count: Value) => {
    const whole = stringOperand(text, 1);
    const parts = partsOf(whole, stringOperand(delimiter, 2));
    // Past 2^53 a count is as good as any that is larger than the number of parts.
    const wanted = Number(integerOperand(count, 3));
    return wanted >= 0 ? parts.slice(0, wanted) : parts.slice(Math.max(parts.length + wanted, 0));
  },
  substring: (_context: BuiltinContext, text: Value, offset: Value, length: Value) => {
    const whole = stringOperand(text, 1);
    const start = Number(integerOperand(offset, 2));
    const wanted = Number(integerOperand(length, 3));
    if (start < 0) throw new BuiltinError('negative offset');
    const from = unitsOf(whole, 0, start);
    return whole.slice(from, wanted < 0 ? whole.length : unitsOf(whole, from, wanted));
  },
  replace: (context: BuiltinContext, text: Value, old: Value, replacement: Value) => {
    const whole = stringOperand(text, 1);
    const searched = stringOperand(old, 2);
    const by = stringOperand(replacement, 3);
    return searched === '' ? replaceAny(context, whole, [['', by]]) : whole.split(searched).join(by);
  },
  'strings.replace_n': (context: BuiltinContext, patterns: Value, text: Value) => {
    const entries = sortedEntries(objectOperand(patterns, 1));
    const whole = stringOperand(text, 2);
    return replaceAny(
      context,
      whole,
      entries.map(([searched, by]) => {
        if (typeof searched !== 'string') throw operandError(1, 'non-string key found in pattern object');
        if (typeof by !== 'string') throw operandError(1, 'non-string value found in pattern object');
        return [searched, by] as const;
      }),
    );
  },
};

/** The parts between delimiters; the code points where the delimiter is empty. */
function partsOf(text: string, delimiter: string): readonly string[] {
  return delimiter === '' ? [...text] : text.split(delimiter);
}

/** The index `count` code points after another one, or the end of the text. */
function unitsOf(text: string, start: number, count: number): number {
  let index = start;
  for (let left = count; left > 0 && index < text.length; left--) {
    index += (text.codePointAt(index) as number) > 0xffff ? 2 : 1;
  }
  return index;
}
