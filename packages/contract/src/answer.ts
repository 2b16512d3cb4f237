import { z } from 'zod';
import { ApprovalRequest } from './approval.ts';
import { MaskObligation, Obligation } from './obligation.ts';
import { RuleKind } from './rule.ts';
import { CODE_PATTERN, Count, JsonValue, Timestamp } from './values.ts';

const code = z.string().regex(CODE_PATTERN);

/** One matched rule as a reader of the answer sees it. */
export const MatchedRule = z.strictObject({
  rule: z.string().min(1).describe('Full id, as `compliance.residency`.'),
  effect: RuleKind,
  title: z.string(),
  owner: z.string(),
  reason: code,
  remediation: z.string(),
  appeal_path: z.string(),
});
export type MatchedRule = z.infer<typeof MatchedRule>;

/** An override that covered the call: `lifted` objections, or refused because a hard denial stood. */
export const UsedOverride = z.strictObject({
  id: z.string(),
  lifts: z.array(z.string()),
  status: z.enum(['used', 'refused']),
  ticket: z.string(),
  expires_at: Count.describe('Seconds since 1970.'),
});

export const Audit = z.strictObject({
  level: z.enum(['basic', 'full']),
  retention_days: z.int().min(1).max(3_650),
  controls: z.array(z.string()),
});

/** What could not be evaluated, on row 1; what is malformed, on rows 4 and 5. */
export const KernelFailure = z.strictObject({ kind: z.string(), subject: z.string() });

/** The row of the table on which policy itself was not usable, so that nothing was decided. */
export const UNUSABLE_ROW = 1;

/** The part of `metadata` that any OPA gives, without a gateway. */
export const KernelMetadata = z.strictObject({
  policy_version: z.string().min(1),
  bundles: z
    .record(z.string(), z.string())
    .describe(
      'Name → revision of the bundles that speak for the call; for a list, and where nothing could be decided, of all in the release.',
    ),
  matched_rules: z.array(z.string()),
  rules: z.array(MatchedRule),
  overrides: z.array(UsedOverride),
  resolution: z.int().min(1).max(7).describe('The row of the table that decided.'),
  failures: z.array(KernelFailure).describe('What failed; empty but on rows 1, 4 and 5.'),
  audit_required: z.boolean(),
  audit: Audit,
  appeal_path: z.string(),
  mask: MaskObligation.shape.fields.describe(
    'Fields of the input that the record hides, whatever the outcome.',
  ),
});

const kernelAllow = {
  allow: z.literal(true),
  outcome: z.literal('allow'),
  reasons: z.array(code).min(1),
  obligations: z.array(Obligation),
};
const kernelDeny = {
  allow: z.literal(false),
  outcome: z.literal('deny'),
  reasons: z.array(code).min(1),
  message: z.string().min(1),
  remediation: code.optional(),
  obligations: z.array(Obligation).max(0),
};
const kernelApproval = {
  allow: z.literal(false),
  outcome: z.literal('approval_required'),
  reasons: z.array(code).min(1),
  message: z.string().min(1),
  remediation: code.optional(),
  obligations: z.array(Obligation),
};

/** What `bailiff/decision` must evaluate to, exactly; anything else is a denial. */
export const KernelAnswer = z.discriminatedUnion('outcome', [
  z.strictObject({ ...kernelAllow, metadata: KernelMetadata }),
  z.strictObject({ ...kernelDeny, metadata: KernelMetadata }),
  z.strictObject({ ...kernelApproval, metadata: KernelMetadata }),
]);
export type KernelAnswer = z.infer<typeof KernelAnswer>;

/** What `bailiff/visible` must evaluate to: which candidates, by position, the caller may see. */
export const VisibleAnswer = z.strictObject({
  visible: z.array(Count),
  policy_version: z.string().min(1),
  mask: MaskObligation.shape.fields.describe('Fields of the input that the record hides.'),
});
export type VisibleAnswer = z.infer<typeof VisibleAnswer>;

/** What `bailiff/watched` must evaluate to. */
export const WatchedAnswer = z.strictObject({ rules: z.array(MatchedRule) });

/** A change after which the same call was decided to be allowed. */
export const Alternative = z.strictObject({
  change: z.record(z.string(), JsonValue),
  verified: z.literal(true),
});
export type Alternative = z.infer<typeof Alternative>;

/** How much of what the agent may still try a denial rules out, so that it stops retrying variants. */
export const DeniedScope = z.enum(['this_call', 'this_tool', 'this_conversation', 'this_agent']);
export type DeniedScope = z.infer<typeof DeniedScope>;

export const RateLimit = z.strictObject({
  key: z.string(),
  limit: Count,
  remaining: Count,
  resets_at: Timestamp,
});

export const EngineName = z.enum(['sidecar', 'embedded', 'none']);

/** What a release on trial says of a call; for operators, never for callers. */
export const CandidateDecision = z.strictObject({
  policy_version: z.string().min(1),
  stage: z
    .enum(['watch', 'canary'])
    .describe('`watch`: it was asked as well and decided nothing; `canary`: it is the release that decided.'),
  outcome: z.enum(['allow', 'deny', 'approval_required']),
  reasons: z.array(code).min(1),
  matched_rules: z.array(z.string()),
  differs: z
    .boolean()
    .nullable()
    .describe(
      'Whether its outcome, reasons or obligations are others than those that hold. Null in a canary, where no other release was asked.',
    ),
});
export type CandidateDecision = z.infer<typeof CandidateDecision>;

export const AnswerMetadata = z.strictObject({
  ...KernelMetadata.shape,
  decision_id: z.string().min(1),
  watched_rules: z.array(z.string()),
  watched_failures: z
    .array(KernelFailure)
    .optional()
    .describe(
      'Why no watched rule was heard: one of them could not be evaluated, which changes nothing. Left out where none failed.',
    ),
  rate_limit_remaining: Count.nullable().describe(
    'The smallest of `rate_limits`; null when no limit applies.',
  ),
  rate_limits: z.array(RateLimit),
  engine: EngineName.describe('`none` when no engine answered.'),
  latency_ms: z.number().min(0),
  defaulted: z.array(z.string()).describe('Input paths that the gateway filled with stated defaults.'),
  simulated: z.boolean().describe('A simulated decision grants nothing.'),
  candidate: CandidateDecision.optional().describe(
    'What the release on trial said, while there is one. It stands on the record only.',
  ),
});

const refusal = {
  alternatives: z.array(Alternative),
  retryable: z.boolean().describe('Whether the same call may succeed later without any change.'),
  denied_scope: DeniedScope,
};

/** The answer to one call. A deny is a value, not an error. */
export const Answer = z.discriminatedUnion('outcome', [
  z.strictObject({ ...kernelAllow, metadata: AnswerMetadata }),
  z.strictObject({ ...kernelDeny, ...refusal, approval: z.null(), metadata: AnswerMetadata }),
  z.strictObject({
    ...kernelApproval,
    ...refusal,
    approval: ApprovalRequest.nullable(),
    metadata: AnswerMetadata,
  }),
]);
export type Answer = z.infer<typeof Answer>;
export type Denial = Extract<Answer, { outcome: 'deny' }>;
export type Outcome = Answer['outcome'];
