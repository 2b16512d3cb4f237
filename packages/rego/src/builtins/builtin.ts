import type { Value } from '../values/value.ts';

/**
 * One of Rego's built-in functions. Operands come in the order of Rego's declaration.
 * @returns the result, or undefined where OPA's built-in has no result without an error.
 * @throws {BuiltinError} where OPA's built-in fails; the evaluation then fails or goes on undefined, as it is set.
 */
export type Builtin = (context: BuiltinContext, ...operands: never[]) => Value | undefined;

/** What a built-in may use beside its operands. Nothing in it changes during one evaluation, apart from `kept`. */
export interface BuiltinContext {
  /** Nanoseconds since 1970-01-01T00:00:00Z: the time of the whole evaluation. */
  readonly nowNs: bigint;
  /** Seed of random numbers and ids: the same seed gives the same ones. */
  readonly seed: Uint8Array;
  /** What built-ins keep for the length of one evaluation (uuid by key, say), each under a key of its own. */
  readonly kept: Map<string, unknown>;
  /** Throws when the evaluation has to stop. Called by built-ins that loop over more than their operands' size. */
  checkLimits(): void;
}

/** How OPA tells what failed (`v1/topdown/errors.go`). */
export type BuiltinErrorCode = 'eval_builtin_error' | 'eval_type_error' | 'eval_conflict_error';

/** A built-in could not compute its result. The message is OPA's own, without the name of the built-in. */
export class BuiltinError extends Error {
  override readonly name = 'BuiltinError';
  readonly code: BuiltinErrorCode;

  constructor(message: string, code: BuiltinErrorCode = 'eval_builtin_error') {
    super(message);
    this.code = code;
  }
}

/** Built-ins by Rego name, as one group declares them. */
export type BuiltinGroup = Readonly<Record<string, Builtin>>;
