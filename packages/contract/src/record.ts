import { z } from 'zod';
import { Answer, EngineName } from './answer.ts';
import { Input } from './input.ts';
import { MaskStrategy } from './obligation.ts';
import { CODE_PATTERN, Count, Digest, Timestamp } from './values.ts';

/** The version of record entries. Fields are only ever added within a version. */
export const RECORD_SCHEMA = 'bailiff/record/v1';

/** Where one data class of the input came from. */
export const DataClassSource = z.strictObject({
  class: z.string(),
  source: z.enum(['server', 'tool', 'resource', 'model', 'subagent', 'argument', 'conversation', 'caller']),
});
export type DataClassSource = z.infer<typeof DataClassSource>;

/** Who called, and how that was verified. */
export const RecordedPrincipal = z.strictObject({
  agent: z.string(),
  user: z.string(),
  auth_method: z.enum(['jwt', 'api_key', 'none']),
  credential_id: z.string(),
  issuer: z.string(),
});

/** Milliseconds by stage. */
export const StageLatency = z.strictObject({
  context_ms: z.number().min(0),
  decision_ms: z.number().min(0),
});

/**
 * How much of a denial its caller was told. `shown`: all of it. `hidden`: nothing, as if there were no such target. `principal`:
 * only that the caller may not act at all, by rules that look at nothing else.
 */
export const DenialDisclosure = z.enum(['shown', 'hidden', 'principal']);
export type DenialDisclosure = z.infer<typeof DenialDisclosure>;

/** Written, durably in strict mode, before anything is forwarded. */
export const DecisionEntry = z.strictObject({
  schema: z.literal(RECORD_SCHEMA),
  kind: z.literal('decision'),
  decision_id: z.string().min(1),
  at: Timestamp,
  principal: RecordedPrincipal,
  input: z
    .union([Input, z.looseObject({})])
    .describe('After masking; loose where the input itself was refused.'),
  masked: z.array(z.strictObject({ path: z.string(), strategy: MaskStrategy })),
  answer: Answer,
  disclosure: DenialDisclosure.nullable().describe(
    'How much of the denial the caller was told, where its target may be hidden from it. Null elsewhere.',
  ),
  release_digest: z.string(),
  engine: EngineName,
  gateway: z
    .strictObject({ version: z.string().min(1), record_mode: z.enum(['strict', 'buffered']) })
    .optional()
    .describe(
      'Which gateway recorded it, and in which mode: only `strict` has every allow on disk before it takes effect. Older entries lack it.',
    ),
  latency: StageLatency,
  data_class_sources: z.array(DataClassSource),
  list: z
    .strictObject({ candidates: Count, visible: z.array(z.string()) })
    .nullable()
    .describe('For a list: how many entries there were and which were shown. Null elsewhere.'),
  forward: z
    .strictObject({ digest: Digest, bytes: Count })
    .nullable()
    .describe(
      'The exact bytes that are forwarded if allowed. Null where the caller enforces, and where an allow sends no call to a server.',
    ),
});
export type DecisionEntry = z.infer<typeof DecisionEntry>;

/** What became of a decision. */
export const OutcomeResult = z.enum(['forwarded', 'answered', 'refused', 'held', 'failed', 'unknown']);
export type OutcomeResult = z.infer<typeof OutcomeResult>;

/** Appended after the fact. A decision without one is `unknown`, which is the truth. */
export const OutcomeEntry = z.strictObject({
  schema: z.literal(RECORD_SCHEMA),
  kind: z.literal('outcome'),
  decision_id: z.string().min(1),
  at: Timestamp,
  result: OutcomeResult,
  failure: z.string().regex(CODE_PATTERN).nullable(),
  bytes: Count,
  tokens: Count.describe('Estimated from the bytes of what was forwarded back, at 4 bytes a token.'),
  cost_cents: z.number().min(0).describe('0: what a call costs is not known.'),
  duration_ms: z.number().min(0),
});
export type OutcomeEntry = z.infer<typeof OutcomeEntry>;

/** A request that was refused before a decision: no credential, unparseable, a batch. */
export const RefusalEntry = z.strictObject({
  schema: z.literal(RECORD_SCHEMA),
  kind: z.literal('refusal'),
  decision_id: z.string().min(1),
  at: Timestamp,
  principal: RecordedPrincipal,
  failure: z.string().regex(CODE_PATTERN),
  detail: z.string(),
  route: z.string().describe('As `POST /mcp/crm`, without query.'),
});
export type RefusalEntry = z.infer<typeof RefusalEntry>;

export const RecordEntry = z.discriminatedUnion('kind', [DecisionEntry, OutcomeEntry, RefusalEntry]);
export type RecordEntry = z.infer<typeof RecordEntry>;
