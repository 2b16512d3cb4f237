import type { Answer, CallContext, ListContext, ListDecision, Release } from '@bailiff/contract';

type Metadata = Answer['metadata'];

export interface GatewayFacts {
  readonly context: CallContext | ListContext;
  readonly engine: Metadata['engine'];
  readonly startedMs: number;
}

/** What the gateway adds to the kernel's metadata. */
export function gatewayMetadata({ context, engine, startedMs }: GatewayFacts) {
  return {
    decision_id: context.call.decisionId,
    watched_rules: [] as string[],
    rate_limit_remaining: null,
    rate_limits: [],
    engine,
    latency_ms: latencyMs(startedMs),
    defaulted: [...context.defaulted],
    simulated: 'given' in context.call && context.call.given?.simulated === true,
  } satisfies Partial<Metadata>;
}

/** The kernel's part of the metadata where no rule speaks; `release` is undefined when none is active. */
export function ownMetadata(release: Release | undefined) {
  return {
    policy_version: release?.policyVersion ?? NO_POLICY_VERSION,
    bundles: release?.data.bundles ?? {},
    matched_rules: [],
    rules: [],
    overrides: [],
    failures: [] as Metadata['failures'],
    audit: { ...(release?.data.audit ?? AUDIT_WITHOUT_RELEASE), controls: [] },
    appeal_path: '',
    mask: {},
  } satisfies Partial<Metadata>;
}

/** The answer to a list: showing what the caller may use is allowed to everyone. */
export function listAnswer(
  release: Release,
  mask: Metadata['mask'],
  facts: GatewayFacts,
): ListDecision['answer'] {
  return {
    allow: true,
    outcome: 'allow',
    reasons: ['list_filtered'],
    obligations: [],
    metadata: {
      ...ownMetadata(release),
      ...gatewayMetadata(facts),
      mask,
      resolution: 7,
      audit_required: release.data.audit.level === 'full',
    },
  };
}

/** Since `startedMs`, to the microsecond. */
export function latencyMs(startedMs: number): number {
  return Math.round((performance.now() - startedMs) * 1_000) / 1_000;
}

/** Stands where an answer must name a policy version and there is none. */
const NO_POLICY_VERSION = 'none';
const AUDIT_WITHOUT_RELEASE = { level: 'basic', retention_days: 180 } as const;
