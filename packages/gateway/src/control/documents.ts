import {
  ActionType,
  Alternative,
  CODE_PATTERN,
  Count,
  FAILURES,
  OutcomeResult,
  RecordEntry,
  Timestamp,
} from '@bailiff/contract';
import { z } from 'zod';

const code = z.string().regex(CODE_PATTERN);

/** RFC 9457, as this API answers every failure. */
export const ProblemDocument = z.strictObject({
  type: z.string().describe('`urn:bailiff:failure:<code>`; see `docs/reference/failures.md`.'),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
  code: z.enum(Object.keys(FAILURES)),
  decision_id: z.string().optional().describe('Under which the refusal is recorded.'),
  instance: z.string().optional(),
  errors: z
    .array(
      z.strictObject({
        path: z.string().describe('Dotted, as `action.tool`; empty for the whole document.'),
        problem: z.string(),
        mend: z.string(),
      }),
    )
    .optional(),
});

/** A decision as those it was about may read it: what the agent was told, without rules and without others’ data. */
export const DecisionView = z.strictObject({
  decision_id: z.string(),
  at: Timestamp,
  asked: z.strictObject({
    type: ActionType.or(z.literal('')).describe(
      'Empty when the request was refused before it was understood.',
    ),
    target: z.string(),
  }),
  outcome: z.enum(['allow', 'deny', 'approval_required']),
  reasons: z.array(code),
  message: z.string(),
  remediation: z.string().describe('Empty when there is none.'),
  alternatives: z.array(Alternative),
  appeal_path: z.string().describe('Empty when there is none.'),
  simulated: z.boolean(),
  result: OutcomeResult.describe('What was done about it.'),
});
export type DecisionView = z.infer<typeof DecisionView>;

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** A decision in full: its entries as they are recorded, oldest first, each with its place in the chain. */
export const DecisionDocument = z.strictObject({
  decision_id: z.string(),
  entries: z.array(z.strictObject({ seq: Count, previous_hash: hash, hash, entry: RecordEntry })).min(1),
});
export type DecisionDocument = z.infer<typeof DecisionDocument>;

/** Recorded decisions, newest first. */
export const DecisionList = z.strictObject({
  decisions: z.array(
    z.strictObject({
      seq: Count,
      decision_id: z.string(),
      at: Timestamp,
      agent: z.string(),
      user: z.string(),
      server: z.string(),
      target: z.string().describe('What was acted on; the route of a request refused before a decision.'),
      outcome: z.enum(['allow', 'deny', 'approval_required', 'refused']),
      reasons: z.array(z.string()),
      latency_ms: z.number().min(0),
      policy_version: z.string(),
      is_list: z.boolean(),
      simulated: z.boolean(),
      result: OutcomeResult.nullable(),
    }),
  ),
  next: z.string().nullable().describe('`cursor` of the next page; null when this is the last.'),
});
export type DecisionList = z.infer<typeof DecisionList>;

/** The vector that is switched and rolled back as one. */
export const ReleaseDocument = z.strictObject({
  policy_version: z.string(),
  digest: z.string(),
  bundles: z.record(z.string(), z.string()).describe('Bundle → revision.'),
  required: z.array(z.string()).describe('Bundles without which nothing is decided.'),
  agents: z
    .record(
      z.string(),
      z.strictObject({ status: z.enum(['active', 'disabled']), versions: z.array(z.string()) }),
    )
    .describe('Registered agents, and the versions of each that may act; none listed means any.'),
  rules: z.int().min(0).describe('How many rules there are.'),
});
export type ReleaseDocument = z.infer<typeof ReleaseDocument>;

export const HealthDocument = z.strictObject({ status: z.literal('alive') });

export const ReadinessDocument = z.strictObject({
  status: z
    .enum(['ready', 'degraded', 'not_ready'])
    .describe('`degraded`: decisions are made, and something that stands by is missing.'),
  checks: z
    .array(
      z.strictObject({
        name: z.enum(['policy', 'engine', 'opa', 'store', 'bundles']),
        ready: z.boolean(),
        detail: z.string(),
        spare: z.literal(true).optional().describe('Decisions are made without it.'),
      }),
    )
    .optional()
    .describe('For operators only.'),
});
