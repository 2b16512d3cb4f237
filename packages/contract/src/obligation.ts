import { z } from 'zod';
import { Name } from './values.ts';

/** Rising order: the strongest wins when two rules mask the same field. */
export const MaskStrategy = z.enum(['partial', 'hash', 'remove']);
export type MaskStrategy = z.infer<typeof MaskStrategy>;

/** Hides fields before anything is stored. Paths are JSON Pointers into the input, as `/action/args/iban`. */
export const MaskObligation = z.strictObject({
  kind: z.literal('mask'),
  fields: z.record(z.string().regex(/^(\/[^/]+)+$/), MaskStrategy),
});

/** A ceiling: rows and tokens in counts, cost in cents, time-out in milliseconds. */
export const LimitObligation = z.strictObject({
  kind: z.literal('limit'),
  limits: z.partialRecord(z.enum(['rows', 'tokens', 'cost_cents', 'timeout_ms']), z.int().min(1)),
});

/** Names that the call may use; an empty intersection is a conflict. */
export const AllowOnlyObligation = z.strictObject({
  kind: z.literal('allow_only'),
  lists: z.partialRecord(z.enum(['models', 'regions', 'columns']), z.array(z.string()).min(1)),
});

/** How the decision is kept. */
export const AuditObligation = z.strictObject({
  kind: z.literal('audit'),
  level: z.enum(['basic', 'full']),
  retention_days: z.int().min(1).max(3_650),
});

export const NotifyObligation = z.strictObject({
  kind: z.literal('notify'),
  to: z.array(z.string().min(1)).min(1),
});
export const TagObligation = z.strictObject({ kind: z.literal('tag'), tags: z.array(Name).min(1) });

/**
 * A duty that must be discharged for an allow to hold, after merging: at most one of each kind, in the order of this
 * union. An unknown kind or a parameter of the wrong type is never merged, it denies.
 */
export const Obligation = z.discriminatedUnion('kind', [
  MaskObligation,
  LimitObligation,
  AllowOnlyObligation,
  AuditObligation,
  NotifyObligation,
  TagObligation,
]);
export type Obligation = z.infer<typeof Obligation>;
