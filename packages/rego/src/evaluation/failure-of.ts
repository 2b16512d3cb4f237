import { BuiltinError } from '../builtins/builtin.ts';
import type { Place } from '../compile/tables.ts';
import type { FailedEvaluation } from './evaluation.ts';
import { EvaluationFailure } from './evaluation-failure.ts';
import type { EvaluationState } from './evaluation-state.ts';

/** What an evaluation that ended with an error came to. */
export function failureOf(
  error: unknown,
  state: EvaluationState,
  places: readonly Place[],
): FailedEvaluation {
  const called = places[state.at];
  const at = error instanceof EvaluationFailure ? places[error.place ?? -1] : called;
  return {
    kind: 'failed',
    ...told(error, called?.builtin ?? ''),
    ...(at && { location: { rule: at.rule, file: at.file, row: at.row, column: at.column } }),
    ...(state.trace && { trace: state.trace.events }),
  };
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function told(error: unknown, builtin: string): Pick<FailedEvaluation, 'code' | 'message'> {
  if (error instanceof EvaluationFailure) return { code: error.code, message: error.message };
  if (error instanceof BuiltinError) return { code: error.code, message: `${builtin}: ${error.message}` };
  if (error instanceof RangeError && /call stack/.test(error.message)) {
    return { code: 'eval_depth_exceeded', message: 'the evaluation is nested too deeply' };
  }
  return { code: 'eval_internal_error', message: messageOf(error) };
}
