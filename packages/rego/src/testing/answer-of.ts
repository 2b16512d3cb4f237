import { type BuiltinContext, BuiltinError, type BuiltinGroup } from '../builtins/builtin.ts';
import { readJson } from '../values/read-json.ts';
import type { Value } from '../values/value.ts';
import { writeJson } from '../values/write-json.ts';

/** For tests: 2023-11-14T22:13:20.123456789Z and the bytes 0 to 15. */
export const TEST_CONTEXT = {
  nowNs: 1_700_000_000_123_456_789n,
  seed: Uint8Array.from({ length: 16 }, (_, index) => index),
};

/**
 * For tests: what a built-in answers to operands, a JSON array: the text of its value, `undefined`, or its error as OPA
 * tells it. Anything else it throws is thrown on.
 */
export function answerOf(group: BuiltinGroup, name: string, operands: string): string {
  const context: BuiltinContext = { ...TEST_CONTEXT, kept: new Map(), checkLimits: () => undefined };
  const builtin = group[name];
  if (builtin === undefined) throw new Error(`no built-in ${name}`);
  try {
    const value: Value | undefined = builtin(context, ...(readJson(operands) as never[]));
    return value === undefined ? 'undefined' : writeJson(value);
  } catch (error) {
    if (error instanceof BuiltinError) return `${name}: ${error.message}`;
    throw error;
  }
}
