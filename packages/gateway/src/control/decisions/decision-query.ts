import { OutcomeResult, Timestamp } from '@bailiff/contract';
import { z } from 'zod';
import { wordsOf } from '../../record/facts.ts';
import type { DecisionFilter, PageOptions } from '../../record/reader.ts';
import { type Fault, faultsOf } from '../fault.ts';

/** Most records of one page, and how many there are when nobody says. */
const PAGE_MAX = 500;
const PAGE_DEFAULT = 50;

/** Longest condition, in UTF-16 units. */
const VALUE_CHARACTERS_MAX = 512;

const value = z
  .string()
  .min(1)
  .max(VALUE_CHARACTERS_MAX)
  .optional()
  .describe(`From 1 to ${VALUE_CHARACTERS_MAX} characters, compared by equality.`);
const wholeNumber = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const time = Timestamp.optional();

/** The query of `GET /v1/decisions`: all conditions hold, those left out do not restrict. */
export const DecisionQuery = z.strictObject({
  since: time.describe('Inclusive; a time in UTC, as `2026-11-22T13:45:00Z`.'),
  until: time.describe('Exclusive; a time in UTC after `since`, as `2026-11-22T13:45:00Z`.'),
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
  latency_over_ms: wholeNumber
    .optional()
    .describe('Context and decision together took at least this long; a whole number.'),
  text: z
    .string()
    .min(1)
    .max(VALUE_CHARACTERS_MAX)
    .refine((text) => wordsOf([text]).size > 0)
    .optional()
    .describe(
      `Words that all occur in arguments, target, message or the titles of rules; at most ${VALUE_CHARACTERS_MAX} characters.`,
    ),
  limit: wholeNumber
    .refine((limit) => limit >= 1 && limit <= PAGE_MAX)
    .optional()
    .describe(`A whole number from 1 to ${PAGE_MAX}; ${PAGE_DEFAULT} when left out.`),
  cursor: wholeNumber.optional().describe('`next` of the page before, of the same query.'),
});

/** A page to read, or what is wrong with the query. */
export type AskedPage =
  | { readonly kind: 'page'; readonly filter: DecisionFilter; readonly options: PageOptions }
  | { readonly kind: 'refused'; readonly faults: readonly Fault[] };

/** Reads a query. A parameter that is not known or is given twice is refused: ignoring one would show too much. */
export function askedPage(queries: Readonly<Record<string, readonly string[]>>): AskedPage {
  const twice = Object.keys(DecisionQuery.shape).filter((name) => (queries[name]?.length ?? 0) > 1);
  if (twice.length > 0)
    return {
      kind: 'refused',
      faults: twice.map((path) => ({ path, problem: 'is given more than once', mend: 'Give it once.' })),
    };
  const parsed = DecisionQuery.safeParse(
    Object.fromEntries(Object.entries(queries).map(([name, [first]]) => [name, first])),
  );
  if (!parsed.success) return { kind: 'refused', faults: faultsOf(parsed.error, DecisionQuery) };
  const { since, until, latency_over_ms, policy_version, data_class, limit, cursor, ...same } = parsed.data;
  if (since !== undefined && until !== undefined && Date.parse(until) <= Date.parse(since))
    return {
      kind: 'refused',
      faults: [{ path: 'until', problem: 'is not after since', mend: 'Let it be later than since.' }],
    };
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
