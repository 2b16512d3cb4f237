import { RegoSet } from '../../values/collections.ts';
import { typeName } from '../../values/kinds.ts';
import { termText } from '../../values/term-text.ts';
import type { Value } from '../../values/value.ts';
import { type BuiltinContext, BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { arrayOperand, stringOperand } from '../operands.ts';

/** What a policy says about itself. Printed and traced texts go nowhere here. */
export const reportingBuiltins: BuiltinGroup = {
  trace: (_context: BuiltinContext, note: Value) => {
    stringOperand(note, 1);
    return true;
  },
  'internal.print': () => true,
  'internal.template_string': (_context: BuiltinContext, parts: Value) => {
    const texts = arrayOperand(parts, 1).map(partTexts);
    if (texts.some(({ length }) => length > 1)) {
      throw new BuiltinError('template-strings must not produce multiple outputs', 'eval_conflict_error');
    }
    return texts.join('');
  },
};

/** A part is a scalar, or the set of all results of an expression: none or one. */
function partTexts(part: Value): readonly string[] {
  if (part instanceof RegoSet) return part.size === 0 ? ['<undefined>'] : part.sorted().map(plainText);
  const type = typeName(part);
  if (type === 'array' || type === 'object') throw new Error(`illegal argument type: ${type}`);
  return [plainText(part)];
}

function plainText(value: Value): string {
  return typeof value === 'string' ? value : termText(value);
}
