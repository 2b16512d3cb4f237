import { OutcomeResult, Timestamp } from '@bailiff/contract';
import { z } from 'zod';
import type { DecisionFilter, PageOptions } from '../../record/reader.ts';
import { type Fault, faultsOf } from '../fault.ts';

/** Most records of one page, and how many there are when nobody says. */
const PAGE_MAX = 500;
const PAGE_DEFAULT = 50;

const value = z.string().min(1).max(512).optional();
const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

/** The query of `GET /v1/decisions`: all conditions hold, those left out do not restrict. */
export const DecisionQuery = z.strictObject({
  since: Timestamp.optional().describe('Inclusive.'),
  until: Timestamp.optional().describe('Exclusive.'),
  agent: value,
  team: value,
  user: value,
  conversation: value,
  server: value,
  tool: value.describe('A tool as `crm.read`, or any other target.'),
  rule: value.describe('Full id, as `compliance.residency`.'),
  reason: value,
  outcome: z
    .enum(['allow', 'deny', 'approval_required', 'refused'])
    .optional()
    .describe('`refused` is what never was decided.'),
  result: OutcomeResult.optional().describe('What was done about it.'),
  policy_version: value,
  data_class: value,
  latency_over_ms: wholeNumber.optional().describe('Context and decision together took at least this long.'),
  text: value.describe('Words that all occur in arguments, target, message or the titles of rules.'),
  limit: wholeNumber
    .refine((limit) => limit >= 1 && limit <= PAGE_MAX)
    .optional()
    .describe(`At most ${PAGE_MAX}; ${PAGE_DEFAULT} when left out.`),
  cursor: wholeNumber.optional().describe('`next` of the page before.'),
});

/** A page to read, or what is wrong with the query. */
export type AskedPage =
  | { readonly kind: 'page'; readonly filter: DecisionFilter; readonly options: PageOptions }
  | { readonly kind: 'refused'; readonly faults: readonly Fault[] };

/** Reads a query. A parameter that is not known or is given twice is refused: ignoring one would show too much. */
export function askedPage(queries: Readonly<Record<string, readonly string[]>>): AskedPage {
  const once = Object.entries(queries).map(([name, [first, ...more]]) => [
    name,
    more.length === 0 ? first : null,
  ]);
  const parsed = DecisionQuery.safeParse(Object.fromEntries(once));
  if (!parsed.success) return { kind: 'refused', faults: faultsOf(parsed.error, DecisionQuery) };
  const { since, until, latency_over_ms, policy_version, data_class, limit, cursor, ...same } = parsed.data;
  const filter = {
    ...same,
    policyVersion: policy_version,
    dataClass: data_class,
    sinceMs: since === undefined ? undefined : Date.parse(since),
    untilMs: until === undefined ? undefined : Date.parse(until),
    latencyOverMs: latency_over_ms,
  };
  return {
    kind: 'page',
    filter: Object.fromEntries(Object.entries(filter).filter(([, condition]) => condition !== undefined)),
    options: { limit: limit ?? PAGE_DEFAULT, ...(cursor === undefined ? {} : { before: cursor }) },
  };
}
