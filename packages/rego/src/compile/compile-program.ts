import { Script } from 'node:vm';
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
  /** By number, those functions whose definitions may conflict; none of a program that is traced. */
  readonly collectors: Readonly<Partial<Record<number, Collector>>>;
}

/** Finds what the definitions of a function give. */
export interface Collector {
  readonly collect: (state: EvaluationState, ...operands: readonly unknown[]) => void;
  /** The function's path, `data.example.allow`. */
  readonly path: string;
  /** Whether a rule has that path, which takes no operands. */
  readonly isRule: boolean;
}

/**
 * Makes the functions of a program, at once where `codeOf` said what V8 makes of it.
 * @param strict whether the error of a built-in ends the evaluation; otherwise the call is undefined.
 */
export function compileProgram(
  program: GeneratedProgram & { readonly code?: Uint8Array | undefined },
  builtinOf: (name: string) => Builtin,
  strict: boolean,
): CompiledProgram {
  const builtins = program.references.builtins.map((name) =>
    strict ? builtinOf(name) : withoutErrors(builtinOf(name)),
  );
  const { source, code: cachedData } = program;
  const make = new Script(source, cachedData === undefined ? {} : { cachedData }).runInThisContext();
  return make(runtime, builtins) as CompiledProgram;
}

/** What V8 makes of a program that is generated to be compiled as a whole. Another V8 does without it. */
export function codeOf({ source }: GeneratedProgram): Uint8Array {
  return new Script(source).createCachedData();
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
