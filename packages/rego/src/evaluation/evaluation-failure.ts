/**
 * Why an evaluation failed: OPA's codes (`v1/topdown/errors.go`), and our own for what OPA does not bound.
 *
 * - `eval_conflict_error`, `eval_builtin_error`, `eval_type_error`, `eval_with_merge_error`: as OPA's.
 * - `eval_cancel_error`: the deadline passed.
 * - `eval_internal_error`: a defect, of a built-in or of this engine.
 * - `eval_steps_exceeded`, `eval_depth_exceeded`, `eval_output_exceeded`: a limit of the evaluation.
 * - `eval_input_error`: the input's text is not JSON.
 */
export type FailureCode =
  | 'eval_conflict_error'
  | 'eval_builtin_error'
  | 'eval_type_error'
  | 'eval_with_merge_error'
  | 'eval_cancel_error'
  | 'eval_internal_error'
  | 'eval_steps_exceeded'
  | 'eval_depth_exceeded'
  | 'eval_output_exceeded'
  | 'eval_input_error';

/** Ends an evaluation from within. */
export class EvaluationFailure extends Error {
  override readonly name = 'EvaluationFailure';
  readonly code: FailureCode;
  /** The number of the place in the program, or undefined where the failure has none. */
  readonly place: number | undefined;

  constructor(code: FailureCode, message: string, place?: number) {
    super(message);
    this.code = code;
    this.place = place;
  }
}

/** A rule, a function or a key of an object has two values. */
export class ConflictFailure extends EvaluationFailure {
  /** Number of the function in which it happened, and what it was called with: enough to find all its values. */
  readonly called: Called;
  /** Path of the document with two values; undefined for an object's key that is no document of its own. */
  readonly document: string | undefined;

  constructor(message: string, at: { place: number; called: Called; document: string | undefined }) {
    super('eval_conflict_error', message, at.place);
    this.called = at.called;
    this.document = at.document;
  }
}

/** A call of a planned function. */
export interface Called {
  readonly number: number;
  readonly operands: readonly unknown[];
}
