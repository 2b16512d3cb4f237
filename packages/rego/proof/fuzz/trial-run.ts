import { compilePlan, type Policy } from '../../src/index.ts';
import type { Oracle } from '../oracle/open-oracle.ts';
import {
  type Answer,
  type DifferenceKind,
  differenceOf,
  opaAnswer,
  ourAnswer,
  type Trial,
} from './compare.ts';
import { type KnownDifference, knownDifference } from './known-differences.ts';

/** A trial's answers, and how they differ. */
export interface TrialResult {
  readonly opa: Answer;
  readonly ours: Answer;
  readonly difference: DifferenceKind | undefined;
  /** The listed cause of a failure of ours where OPA answers, or of OPA's where we do, if it is one. */
  readonly known: KnownDifference | undefined;
}

/** Compiles and evaluates a trial on both sides; undefined where OPA does not compile or not answer it. */
export async function runTrial(oracle: Oracle, trial: Trial): Promise<TrialResult | undefined> {
  const planned = await oracle.plan(trial.modules, trial.dataText, [trial.entrypoint]);
  if (planned.kind === 'failed') return undefined;
  let policy: Policy;
  try {
    policy = compilePlan(planned.planText);
  } catch {
    return undefined;
  }
  return evaluateTrial(oracle, policy, trial);
}

/** Evaluates a trial on both sides, with a policy that is compiled already. */
export async function evaluateTrial(
  oracle: Oracle,
  policy: Policy,
  trial: Trial,
): Promise<TrialResult | undefined> {
  const [opa, ours] = [await opaAnswer(oracle, trial), ourAnswer(policy, trial)];
  if (opa === undefined) return undefined;
  const difference = differenceOf(opa, ours);
  const known = await knownCause(oracle, trial, { opa, ours, difference });
  return { opa, ours, difference, known };
}

/** The listed cause of a difference in the outcome, if it has one. */
export function knownCause(
  oracle: Oracle,
  trial: Trial,
  result: Omit<TrialResult, 'known'>,
): Promise<KnownDifference | undefined> {
  const { difference } = result;
  const mayBeKnown = difference === 'fail_closed' || difference === 'outcome';
  return mayBeKnown ? knownDifference(oracle, trial, result) : Promise.resolve(undefined);
}
