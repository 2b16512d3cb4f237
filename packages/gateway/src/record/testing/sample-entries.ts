/** Entries for tests and benches, valid by the contract’s schemas. */
import {
  type Answer,
  type DecisionEntry,
  INPUT_SCHEMA,
  type Input,
  type OutcomeEntry,
  RECORD_SCHEMA,
  type RefusalEntry,
} from '@bailiff/contract';

/** 2026-11-22T13:45:00Z. */
export const SAMPLE_MS = Date.UTC(2026, 10, 22, 13, 45);

/** What differs between sample decisions; everything else is the same. */
export interface SampleOptions {
  readonly id: string;
  readonly atMs?: number;
  readonly agent?: string;
  readonly team?: string;
  readonly user?: string;
  readonly conversation?: string;
  readonly server?: string;
  readonly tool?: string;
  readonly rules?: readonly string[];
  readonly watchedRules?: readonly string[];
  readonly reasons?: readonly string[];
  readonly outcome?: Answer['outcome'];
  readonly policyVersion?: string;
  readonly dataClasses?: readonly string[];
  readonly latencyMs?: number;
  readonly args?: Input['action']['args'];
  readonly message?: string;
  readonly auditRequired?: boolean;
  readonly simulated?: boolean;
  readonly obligations?: Answer['obligations'];
  readonly mask?: Answer['metadata']['mask'];
  readonly resolution?: number;
}

export function sampleInput(options: SampleOptions): Input {
  const { agent = 'support-bot', server = 'crm', tool = 'read', atMs = SAMPLE_MS } = options;
  return {
    schema: INPUT_SCHEMA,
    agent: { id: agent, scope: 'support', owner_team: options.team ?? 'cx', version: '3.2.0', chain: [] },
    user: {
      id: options.user ?? 'mara',
      kind: 'human',
      groups: ['support-tier-2'],
      data_classifications_authorized: ['public', 'internal', 'customer_data'],
    },
    action: {
      type: 'tool_call',
      phase: 'request',
      target: { kind: 'tool', id: `${server}.${tool}` },
      server,
      tool: `${server}.${tool}`,
      tool_name: tool,
      model: '',
      subagent: '',
      provider: 'acme',
      region: 'eu-west',
      args: options.args ?? { id: 7, rows: 20 },
      effects: ['read'],
      blast_radius: 'low',
      estimated_tokens: 40,
      data_classes_referenced: [...(options.dataClasses ?? ['customer_data'])],
    },
    result: null,
    context: {
      conversation_id: options.conversation ?? 'c-81',
      turn_count: 7,
      cumulative_tokens: 4_521,
      tokens_source: 'estimated',
      session_age_seconds: 142,
      tool_calls_in_a_row: 3,
      identical_calls: 1,
      recent_tools: ['kb.search', 'crm.read'],
      data_classes_seen: ['customer_data'],
    },
    session: {
      protocol: 'mcp/2025-11-25',
      transport: 'http',
      client_name: 'claude-code',
      client_version: '4.1',
      auth_method: 'jwt',
    },
    environment: {
      region: 'us-east',
      time: new Date(atMs).toISOString(),
      time_s: Math.floor(atMs / 1_000),
      weekday: 'sunday',
      minute_of_day: 825,
      is_production: true,
      flags: { change_freeze: false },
    },
    usage: {},
    approval: null,
  };
}

export function sampleAnswer(options: SampleOptions): Answer {
  const { outcome = 'allow', rules = ['identity.agent_in_scope', 'resource.tool_granted'] } = options;
  const metadata: Answer['metadata'] = {
    policy_version: options.policyVersion ?? '1.4.7+0123456789ab',
    bundles: {
      identity: '1.0.0+aaaaaaaaaaaa',
      resource: '1.9.1+77aa02aaaaaa',
      compliance: '2.3.0+9f3c1aaaaaaa',
    },
    matched_rules: [...rules],
    rules: rules.map((rule) => ({
      rule,
      effect: outcome === 'allow' ? 'allow' : outcome === 'deny' ? 'deny' : 'require_approval',
      title: `Title of ${rule.slice(rule.lastIndexOf('.') + 1).replaceAll('_', ' ')}`,
      owner: 'privacy',
      reason: rule.slice(rule.lastIndexOf('.') + 1),
      remediation: '',
      appeal_path: 'https://tickets.example/privacy',
    })),
    overrides: [],
    resolution: options.resolution ?? (outcome === 'allow' ? 7 : outcome === 'deny' ? 2 : 6),
    failures: [],
    audit_required: options.auditRequired ?? false,
    audit: { level: 'basic', retention_days: 180, controls: [] },
    appeal_path: 'https://tickets.example/privacy',
    mask: options.mask ?? {},
    decision_id: options.id,
    watched_rules: [...(options.watchedRules ?? [])],
    rate_limit_remaining: null,
    rate_limits: [],
    engine: 'sidecar',
    latency_ms: options.latencyMs ?? 1.5,
    defaulted: [],
    simulated: options.simulated ?? false,
  };
  const reasons = [...(options.reasons ?? ['agent_in_scope', 'tool_granted'])];
  if (outcome === 'allow')
    return { allow: true, outcome, reasons, obligations: [...(options.obligations ?? [])], metadata };
  const message = options.message ?? 'Denied: the user is not cleared for customer data.';
  const refusal = {
    allow: false,
    reasons,
    message,
    alternatives: [],
    retryable: false,
    denied_scope: 'this_call',
    approval: null,
  } as const;
  if (outcome === 'deny')
    return { ...refusal, outcome, reasons, alternatives: [], obligations: [], metadata };
  return {
    ...refusal,
    outcome,
    reasons,
    alternatives: [],
    obligations: [...(options.obligations ?? [])],
    metadata,
  };
}

export function sampleDecision(options: SampleOptions): DecisionEntry {
  return {
    schema: RECORD_SCHEMA,
    kind: 'decision',
    decision_id: options.id,
    at: new Date(options.atMs ?? SAMPLE_MS).toISOString(),
    principal: {
      agent: options.agent ?? 'support-bot',
      user: options.user ?? 'mara',
      auth_method: 'jwt',
      credential_id: 'jti-1',
      issuer: 'https://issuer.example',
    },
    input: sampleInput(options),
    masked: [],
    answer: sampleAnswer(options),
    disclosure: null,
    release_digest: 'f'.repeat(64),
    engine: 'sidecar',
    latency: { context_ms: 0, decision_ms: options.latencyMs ?? 1.5 },
    data_class_sources: [{ class: 'customer_data', source: 'tool' }],
    list: null,
    forward: { digest: 'a'.repeat(64), bytes: 120 },
  };
}

export function sampleOutcome(
  id: string,
  result: OutcomeEntry['result'] = 'forwarded',
  atMs = SAMPLE_MS,
): OutcomeEntry {
  return {
    schema: RECORD_SCHEMA,
    kind: 'outcome',
    decision_id: id,
    at: new Date(atMs).toISOString(),
    result,
    failure: null,
    bytes: 512,
    tokens: 0,
    cost_cents: 0,
    duration_ms: 3.2,
  };
}

export function sampleRefusal(id: string, atMs = SAMPLE_MS): RefusalEntry {
  return {
    schema: RECORD_SCHEMA,
    kind: 'refusal',
    decision_id: id,
    at: new Date(atMs).toISOString(),
    principal: { agent: '', user: '', auth_method: 'none', credential_id: '', issuer: '' },
    failure: 'unauthenticated',
    detail: 'A valid credential is required',
    route: 'POST /mcp/crm',
  };
}
