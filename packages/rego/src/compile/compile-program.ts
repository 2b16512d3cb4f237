import { type Builtin, BuiltinError } from '../builtins/builtin.ts';
import type { EvaluationState } from '../evaluation/evaluation-state.ts';
import { runtime } from '../evaluation/runtime.ts';
import type { Value } from '../values/value.ts';
import type { GeneratedProgram } from './generate-program.ts';

/** An entrypoint's compiled query: puts its results into the state. */
export type CompiledEntrypoint = (
  state: EvaluationState,
  input: Value | undefined,
  data: Value | undefined,
) => void;

/** The functions of a program. */
export interface CompiledProgram {
  readonly entrypoints: readonly CompiledEntrypoint[];
  /** By function: collects the values of its definitions; none unless they were asked for. */
  readonly collectors: readonly ((state: EvaluationState, ...operands: readonly unknown[]) => void)[];
}

/**
 * Makes the functions of a program.
 * @param strict whether the error of a built-in ends the evaluation; otherwise the call is undefined.
 */
export function compileProgram(
  program: GeneratedProgram,
  builtinOf: (name: string) => Builtin,
  strict: boolean,
): CompiledProgram {
  const builtins = program.tables.builtins.map((name) =>
    strict ? builtinOf(name) : withoutErrors(builtinOf(name)),
  );
  const make = new Function('R', 'K', 'B', program.source);
  return make(runtime, program.tables.constants, builtins) as CompiledProgram;
}

function withoutErrors(builtin: Builtin): Builtin {
  return (context, ...operands) => {
    try {
      return builtin(context, ...operands);
    } catch (error) {
      if (error instanceof BuiltinError && error.code !== 'eval_conflict_error') return undefined;
      throw error;
    }
  };
}
