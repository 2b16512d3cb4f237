import type { Outcome } from '@bailiff/contract';
import type { PreflightAnswer } from '../delivery/preflight-engine.ts';

/** How much an answer opens: nothing, or a failure, is 0; asking a person is 1; an allow is 2. */
export function widthOf(answer: PreflightAnswer): number {
  return answer.kind === 'failed' ? 0 : WIDTHS[answer.outcome];
}

/** How much each outcome opens. */
export const WIDTHS: Readonly<Record<Outcome, number>> = { deny: 0, approval_required: 1, allow: 2 };
