import { isArray } from '../../values/kinds.ts';
import type { Value } from '../../values/value.ts';
import type { BuiltinGroup } from '../builtin.ts';
import { operandElementError, operandTypeError, stringOperand } from '../operands.ts';
import { globOf, quoteGlob } from './glob/glob.ts';

/** `glob.*` (`v1/topdown/glob.go`, `gobwas/glob`). */
export const globBuiltins: BuiltinGroup = {
  'glob.match': (_context, pattern: Value, delimiters: Value, text: Value) => {
    const glob = stringOperand(pattern, 1);
    const separators = separatorsOperand(delimiters);
    const subject = stringOperand(text, 3);
    return globOf(glob, separators).isMatch(subject);
  },

  'glob.quote_meta': (_context, text: Value) => quoteGlob(stringOperand(text, 1)),
};

/** None for null, the dot for an empty array. */
function separatorsOperand(value: Value): readonly string[] {
  if (value === null) return [];
  if (!isArray(value)) throw operandTypeError(value, 2, 'array', 'null');
  const separators = value.map((element) => {
    if (typeof element !== 'string') throw operandElementError({ operand: value, element }, 2, 'string');
    if ([...element].length !== 1) throw operandElementError({ operand: value, element }, 2, 'rune');
    return element;
  });
  return separators.length === 0 ? ['.'] : separators;
}
