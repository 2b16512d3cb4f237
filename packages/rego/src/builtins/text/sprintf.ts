import { isArray } from '../../values/kinds.ts';
import type { Value } from '../../values/value.ts';
import type { BuiltinContext, BuiltinGroup } from '../builtin.ts';
import { operandTypeError, stringOperand } from '../operands.ts';
import { argumentOf } from './format/argument.ts';
import { format } from './format/format.ts';

/** Go's `fmt.Sprintf`. */
export const sprintfBuiltins: BuiltinGroup = {
  sprintf: (context: BuiltinContext, text: Value, values: Value) => {
    const pattern = stringOperand(text, 1);
    if (!isArray(values)) throw operandTypeError(values, 2, 'array');
    return format(pattern, values.map(argumentOf), () => context.checkLimits());
  },
};
