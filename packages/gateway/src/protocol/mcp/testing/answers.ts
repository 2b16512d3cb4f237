import type { Answer, Denial, Obligation } from '@bailiff/contract';

type ApprovalRequired = Extract<Answer, { outcome: 'approval_required' }>;
type Allow = Extract<Answer, { outcome: 'allow' }>;

function metadata(decisionId: string) {
  return {
    policy_version: '1.0.0+000000000000',
    bundles: {},
    matched_rules: ['compliance.clearance'],
    rules: [
      {
        rule: 'compliance.clearance',
        effect: 'deny' as const,
        title: 'Users see what they are cleared for',
        owner: 'privacy',
        reason: 'not_cleared',
        remediation: 'request_access',
        appeal_path: 'https://tickets.example/privacy',
      },
    ],
    overrides: [],
    resolution: 3,
    failures: [],
    audit_required: false,
    audit: { level: 'basic' as const, retention_days: 180, controls: [] },
    appeal_path: 'https://tickets.example/privacy',
    mask: {},
    decision_id: decisionId,
    watched_rules: [],
    rate_limit_remaining: null,
    rate_limits: [],
    engine: 'none' as const,
    latency_ms: 0.1,
    defaulted: [],
    simulated: false,
  };
}

export function allow(decisionId: string, obligations: Obligation[] = []): Allow {
  return {
    allow: true,
    outcome: 'allow',
    reasons: ['granted'],
    obligations,
    metadata: { ...metadata(decisionId), resolution: 7 },
  };
}

export function deny(decisionId: string): Denial {
  return {
    allow: false,
    outcome: 'deny',
    reasons: ['not_cleared'],
    message: 'Denied: the user is not cleared for this.',
    remediation: 'request_access',
    alternatives: [{ change: { 'action.args.rows': 50 }, verified: true }],
    retryable: false,
    denied_scope: 'this_tool',
    obligations: [],
    approval: null,
    metadata: metadata(decisionId),
  };
}

export function approvalRequired(decisionId: string): ApprovalRequired {
  const { metadata: inner, ...rest } = deny(decisionId);
  return {
    ...rest,
    outcome: 'approval_required',
    message: 'A manager must approve this.',
    approval: null,
    metadata: {
      ...inner,
      rules: inner.rules.map((rule) => ({ ...rule, effect: 'require_approval' as const })),
    },
  };
}
