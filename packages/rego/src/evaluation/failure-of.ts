import { BuiltinError } from '../builtins/builtin.ts';
import type { Place } from '../compile/tables.ts';
import type { FailedEvaluation, FailureLocation } from './evaluation.ts';
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
    ...(at && { location: locationOf(at) }),
    callers: callersOf(state, places),
    ...(state.trace && { trace: state.trace.events }),
  };
}

function callersOf({ calls, depth }: EvaluationState, places: readonly Place[]): FailureLocation[] {
  const open = calls.slice(0, depth).map((number) => places[number]);
  return open
    .filter((place) => place !== undefined)
    .map(locationOf)
    .toReversed();
}

function locationOf({ rule, file, row, column }: Place): FailureLocation {
  return { rule, file, row, column };
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
