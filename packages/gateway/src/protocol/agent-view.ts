import type { Alternative, Answer, ApprovalRequest, DeniedScope } from '@bailiff/contract';

/**
 * What the agent learns of a refusal, with the contract’s names. Less than a reviewer sees: no rule texts and no full
 * counterfactuals, which would be a guide to evasion.
 */
export interface AgentView {
  readonly allow: false;
  readonly outcome: 'deny' | 'approval_required';
  readonly reasons: readonly string[];
  readonly message: string;
  readonly remediation?: string;
  readonly alternatives: readonly Alternative[];
  readonly retryable: boolean;
  readonly denied_scope: DeniedScope;
  readonly approval: ApprovalRequest | null;
  readonly decision_id: string;
  readonly appeal_path: string;
}

/** The agent’s part of a refusal. */
export function agentView(answer: Exclude<Answer, { outcome: 'allow' }>): AgentView {
  return {
    allow: false,
    outcome: answer.outcome,
    reasons: answer.reasons,
    message: answer.message,
    ...(answer.remediation === undefined ? {} : { remediation: answer.remediation }),
    alternatives: answer.alternatives,
    retryable: answer.retryable,
    denied_scope: answer.denied_scope,
    approval: answer.approval,
    decision_id: answer.metadata.decision_id,
    appeal_path: answer.metadata.appeal_path,
  };
}
