import { type Answer, UNUSABLE_ROW } from '@bailiff/contract';

/**
 * First reasons that engine or bundles are at fault. What a caller can bring about by itself is none of them: an argument
 * that a rule cannot read, an input that is none, leaving, more work than there is room for.
 */
const FAULTS: ReadonlySet<string> = new Set([
  'policy_unavailable',
  'evaluation_timeout',
  'evaluation_undefined',
  'evaluation_malformed',
]);

/** How the gateway begins to name a bundle whose source did not answer for too long: no release can do anything about that. */
const WITHHELD = 'bundle_missing ';

/** Whether a call could not be decided because of engine or bundles. */
export function isFault({ reasons, metadata }: Pick<Answer, 'reasons' | 'metadata'>): boolean {
  const isWithheld = metadata.failures.some(({ subject }) => subject.startsWith(WITHHELD));
  return metadata.resolution === UNUSABLE_ROW && FAULTS.has(reasons[0] ?? '') && !isWithheld;
}
