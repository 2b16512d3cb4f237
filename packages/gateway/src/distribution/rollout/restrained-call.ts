import type { Obligation, Outcome } from '@bailiff/contract';
import canonicalize from 'canonicalize';

/** A recorded call that was refused, held for approval, or allowed with restraints. */
export interface RestrainedCall {
  readonly outcome: Outcome;
  readonly obligations: readonly Obligation[];
  /** The input as it is recorded. */
  readonly inputText: string;
  /** Whether it is the input as it was decided: nothing of it was masked. */
  readonly isWhole: boolean;
}

/** What is only told about a call: it restrains nothing. */
const TOLD: ReadonlySet<Obligation['kind']> = new Set(['audit', 'tag']);

/** Duties that let less through, or that somebody is to hear of, as JSON texts that are alike for those that are the same. */
export function restraintsOf(obligations: readonly Obligation[]): string[] {
  return obligations.filter(({ kind }) => !TOLD.has(kind)).map((each) => canonicalize(each) ?? '');
}
