import { BuiltinError } from '../builtin.ts';

/** The result of an action; what a built-in says of its failure gets a prefix. */
export function withPrefix<T>(prefix: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof BuiltinError) throw new BuiltinError(prefix + error.message);
    throw error;
  }
}
