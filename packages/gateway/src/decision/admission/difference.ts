import { isDeepStrictEqual } from 'node:util';
import type { Entrypoint, Evaluation, ReferenceEngine, Trial } from '../engine.ts';

/**
 * How the embedded engine's answer stands to OPA's: `fail_closed` where it failed and OPA answered, `outcome` where it
 * answered otherwise, `unknown` where one of them was not able to answer at all or answered by another release.
 */
export type Comparison = 'same' | 'outcome' | 'fail_closed' | 'unknown';

/** Where the embedded engine did not do as OPA does. */
export type Difference =
  | {
      readonly kind: 'input';
      readonly entrypoint: Entrypoint;
      readonly inputText: string;
      readonly comparison: 'outcome' | 'fail_closed';
    }
  /** A test of a bundle, by package and name, that passes in one of them only. */
  | { readonly kind: 'test'; readonly test: string; readonly comparison: 'outcome' };

/** What OPA made of a trial, and how the embedded engine's evaluation stands to it. */
export interface Compared {
  readonly expected: Evaluation;
  readonly comparison: Comparison;
}

/**
 * Gives OPA a trial that the embedded engine was given. OPA's failures name no release, and its release may change at any
 * time: where one speaks against the embedded engine, OPA is asked again, between two looks at its release.
 */
export async function compareWithReference(
  { trial, embedded }: { readonly trial: Trial; readonly embedded: Evaluation },
  reference: Pick<ReferenceEngine, 'evaluate' | 'revision'>,
  signal: AbortSignal,
): Promise<Compared> {
  const { entrypoint, inputText, release } = trial;
  const { policyVersion } = release;
  const expected = await reference.evaluate(entrypoint, inputText, signal);
  const comparison = compareEvaluations({ expected, embedded }, policyVersion);
  if (expected.kind !== 'failed' || comparison !== 'outcome') return { expected, comparison };
  const before = await reference.revision(signal);
  const again = await reference.evaluate(entrypoint, inputText, signal);
  const after = await reference.revision(signal);
  const isOfRelease = before === policyVersion && after === policyVersion;
  return {
    expected: again,
    comparison: isOfRelease ? compareEvaluations({ expected: again, embedded }, policyVersion) : 'unknown',
  };
}

/** Compares what OPA and the embedded engine made of the same text by one release. Values are equal as JSON documents. */
export function compareEvaluations(
  { expected, embedded }: { readonly expected: Evaluation; readonly embedded: Evaluation },
  policyVersion: string,
): Comparison {
  if (isUnable(expected, policyVersion) || isUnable(embedded, policyVersion)) return 'unknown';
  if (expected.kind === 'failed') return embedded.kind === 'failed' ? 'same' : 'outcome';
  if (embedded.kind === 'failed') return 'fail_closed';
  if (expected.kind === 'undefined' || embedded.kind === 'undefined')
    return expected.kind === embedded.kind ? 'same' : 'outcome';
  return isDeepStrictEqual(expected.value, embedded.value) ? 'same' : 'outcome';
}

/** Whether an engine could not evaluate by this release, as against policy that failed. */
function isUnable(evaluation: Evaluation, policyVersion: string): boolean {
  return evaluation.kind === 'failed'
    ? evaluation.code !== 'evaluation_error'
    : evaluation.revision !== policyVersion;
}
