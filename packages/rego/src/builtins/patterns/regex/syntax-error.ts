import { BuiltinError } from '../../builtin.ts';

/** Go's error for a pattern that is no regular expression, with the part of it that is at fault. */
export function syntaxError(problem: string, at: string): BuiltinError {
  return new BuiltinError(`error parsing regexp: ${problem}: \`${at}\``);
}
