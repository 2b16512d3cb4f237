import { isDeepStrictEqual } from 'node:util';
import type { Evaluation } from '../engine.ts';

/**
 * How the embedded engine's answer stands to OPA's: `fail_closed` where it failed and OPA answered, `outcome` where it
 * answered otherwise, `unknown` where one of them was not able to answer at all or answered by another release.
 */
export type Comparison = 'same' | 'outcome' | 'fail_closed' | 'unknown';

/** Compares what OPA and the embedded engine made of the same text. Values are equal as JSON documents. */
export function compareEvaluations(reference: Evaluation, embedded: Evaluation): Comparison {
  if (isUnable(reference) || isUnable(embedded)) return 'unknown';
  if (reference.kind === 'failed' || embedded.kind === 'failed') {
    if (reference.kind === embedded.kind) return 'same';
    return embedded.kind === 'failed' ? 'fail_closed' : 'outcome';
  }
  if (reference.revision !== embedded.revision) return 'unknown';
  if (reference.kind === 'undefined' || embedded.kind === 'undefined')
    return reference.kind === embedded.kind ? 'same' : 'outcome';
  return isDeepStrictEqual(reference.value, embedded.value) ? 'same' : 'outcome';
}

/** Whether an engine could not evaluate, as against policy that failed. */
function isUnable(evaluation: Evaluation): boolean {
  return evaluation.kind === 'failed' && evaluation.code !== 'evaluation_error';
}
