import type { Counted, DecisionReader, RecordCounts, RememberedRelease } from '../record/reader.ts';

/**
 * Share of decisions that were denied, 0 to 1; approvals that are asked for are not denials. Null without decisions.
 */
type Rate = number | null;

interface CountedDecisions {
  readonly decisions: number;
  readonly denied: number;
  readonly denial_rate: Rate;
}

/** What the record says of a stretch of time, in whole hours. Wire names, since `bailiff stats --json` prints it. */
export interface RecordStatistics extends CountedDecisions {
  readonly since: string;
  readonly until: string;
  readonly allowed: number;
  readonly approval_required: number;
  /** Requests that were refused before there was anything to decide. */
  readonly refused: number;
  /** Lists that were filtered for their caller, whatever came of them; not among the decisions. */
  readonly lists: number;
  /** Context and decision together; right to within 5 %. Null without decisions. */
  readonly latency_ms: { readonly p50: number; readonly p99: number } | null;
  readonly hours: readonly (CountedDecisions & { readonly hour: string })[];
  readonly reasons: readonly { readonly reason: string; readonly count: number }[];
  readonly results: readonly { readonly result: string; readonly count: number }[];
  readonly agents: readonly (CountedDecisions & { readonly agent: string })[];
  readonly tools: readonly (CountedDecisions & { readonly tool: string })[];
  readonly rules: readonly { readonly rule: string; readonly matched: number; readonly watched: number }[];
  /** Of the release that was activated last; null when none is known. */
  readonly policy_version: string | null;
  /** Its rules that matched nothing, neither enforced nor watched; rules that are off are left out. */
  readonly rules_never_fired: readonly RememberedRelease['rules'][number][];
}

const HOUR_MS = 3_600_000;

const DIMENSIONS = ['rule', 'watched_rule', 'reason', 'result', 'agent', 'tool', 'list'] as const;

/** Questions asked of the counts of the record. @throws Failure `record_unavailable`. */
export async function recordStatistics(
  reader: DecisionReader,
  window: { readonly sinceMs: number; readonly untilMs: number },
  signal: AbortSignal,
): Promise<RecordStatistics> {
  const counts = await reader.counts({ ...window, dimensions: DIMENSIONS }, signal);
  const release = await reader.release(undefined, signal);
  const {
    rule = [],
    watched_rule = [],
    reason = [],
    result = [],
    agent = [],
    tool = [],
    list = [],
  } = counts.dimensions;
  const total = (outcome: string) => sum(counts.hours.filter((hour) => hour.outcome === outcome));
  const fired = firedRules(rule, watched_rule);
  return {
    since: new Date(Math.floor(window.sinceMs / HOUR_MS) * HOUR_MS).toISOString(),
    until: new Date(Math.ceil(window.untilMs / HOUR_MS) * HOUR_MS).toISOString(),
    ...decisionsIn(counts.hours),
    allowed: total('allow'),
    approval_required: total('approval_required'),
    refused: total('refused'),
    lists: sum(list),
    latency_ms: percentiles(counts.latency),
    hours: grouped(counts.hours, ({ hourMs }) => new Date(hourMs).toISOString()).map(([hour, rows]) => ({
      hour,
      ...decisionsIn(rows),
    })),
    reasons: mostFrequent(reason).map(([value, count]) => ({ reason: value, count })),
    results: mostFrequent(result).map(([value, count]) => ({ result: value, count })),
    agents: byDecisions(agent).map(([value, decided]) => ({ agent: value, ...decided })),
    tools: byDecisions(tool).map(([value, decided]) => ({ tool: value, ...decided })),
    rules: [...fired].map(([id, times]) => ({ rule: id, ...times })),
    policy_version: release?.policyVersion ?? null,
    rules_never_fired: release?.rules.filter(({ id, mode }) => mode !== 'off' && !fired.has(id)) ?? [],
  };
}

type Row = { readonly outcome: Counted['outcome']; readonly count: number };

const sum = (rows: readonly { readonly count: number }[]) =>
  rows.reduce((total, { count }) => total + count, 0);

function decisionsIn(rows: readonly Row[]): CountedDecisions {
  const decisions = sum(rows.filter(({ outcome }) => outcome !== 'refused'));
  const denied = sum(rows.filter(({ outcome }) => outcome === 'deny'));
  return { decisions, denied, denial_rate: decisions === 0 ? null : denied / decisions };
}

/** Rows by a key, in the order of first appearance. */
function grouped<Item>(rows: readonly Item[], keyOf: (row: Item) => string): [string, Item[]][] {
  const groups = new Map<string, Item[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return [...groups];
}

const mostFrequent = (rows: readonly Counted[]): [string, number][] =>
  grouped(rows, ({ value }) => value)
    .map(([value, counted]): [string, number] => [value, sum(counted)])
    .sort(([, a], [, b]) => b - a);

const byDecisions = (rows: readonly Counted[]): [string, CountedDecisions][] =>
  grouped(rows, ({ value }) => value)
    .map(([value, counted]): [string, CountedDecisions] => [value, decisionsIn(counted)])
    .sort(([, a], [, b]) => b.decisions - a.decisions);

function firedRules(matched: readonly Counted[], watched: readonly Counted[]) {
  const times = new Map<string, { matched: number; watched: number }>();
  const of = (rule: string) => {
    const known = times.get(rule) ?? { matched: 0, watched: 0 };
    times.set(rule, known);
    return known;
  };
  for (const [rule, count] of mostFrequent(matched)) of(rule).matched = count;
  for (const [rule, count] of mostFrequent(watched)) of(rule).watched = count;
  return times;
}

function percentiles(buckets: RecordCounts['latency']): RecordStatistics['latency_ms'] {
  const total = sum(buckets);
  if (total === 0) return null;
  return { p50: percentile(buckets, total * 0.5), p99: percentile(buckets, total * 0.99) };
}

/** The end of the bucket in which the `rank`-th smallest latency lies. */
function percentile(buckets: RecordCounts['latency'], rank: number): number {
  let below = 0;
  for (const { upToMs, count } of buckets) {
    below += count;
    if (below >= rank) return Math.round(upToMs * 1_000) / 1_000;
  }
  return 0;
}
