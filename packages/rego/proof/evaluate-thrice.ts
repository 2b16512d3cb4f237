import type { Evaluation, EvaluationOptions, Policy } from '../src/index.ts';

/** Failures that depend on what was kept before: there is less left to do then. */
const SPENT: ReadonlySet<string> = new Set(['eval_cancel_error', 'eval_steps_exceeded']);

/**
 * What a policy answers once results are kept: at the third evaluation of a data document, the second being of another
 * input.
 * @throws {Error} when that is not what it answers at the first, before anything is kept.
 */
export function evaluateThrice(policy: Policy, entrypoint: string, options: EvaluationOptions): Evaluation {
  const { input: _input, inputText: _inputText, ...others } = options;
  const first = policy.evaluate(entrypoint, options);
  policy.evaluate(entrypoint, { ...others, input: {} });
  const third = policy.evaluate(entrypoint, options);
  const isSpent = first.kind === 'failed' && SPENT.has(first.code);
  if (!isSpent && tell(first) !== tell(third)) {
    throw new Error(`${tell(first)} and, with results kept, ${tell(third)}`);
  }
  return third;
}

function tell(evaluation: Evaluation): string {
  if (evaluation.kind === 'failed') return JSON.stringify(evaluation);
  const { fired, kind } = evaluation;
  return JSON.stringify({ kind, fired, text: kind === 'defined' ? evaluation.text() : '' });
}
