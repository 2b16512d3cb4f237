import type { RuleAnnotation } from '@bailiff/contract';
import type { Finding } from '../../finding.ts';

/** A finding but for its place, and the key that it is about. */
export interface CanaryMisfit extends Pick<Finding, 'code' | 'detail' | 'mend'> {
  readonly key: 'mode' | 'canary';
}

/** What does not fit together of a rule’s mode and its canary: whoever names some agents does not mean everyone. */
export function canaryMisfit({
  mode,
  canary,
}: Pick<RuleAnnotation, 'mode' | 'canary'>): CanaryMisfit | undefined {
  if (mode === 'canary' && canary === undefined) {
    return {
      key: 'mode',
      code: 'canary_missing',
      detail: 'The rule has the mode `canary`, and nothing says whose calls it decides.',
      mend: 'Add `canary: { share: 0.05 }` beside it, or `canary: { teams: [a_team] }`, or both.',
    };
  }
  if (mode === 'enforce' && canary !== undefined) {
    return {
      key: 'canary',
      code: 'canary_without_mode',
      detail: 'The rule has a canary, and is enforced for everyone.',
      mend: 'Add `mode: canary` beside it, or remove `canary`.',
    };
  }
  return undefined;
}
