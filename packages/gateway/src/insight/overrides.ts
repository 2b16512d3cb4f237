import type { ActiveOverride } from '@bailiff/contract';
import type { OverrideAlarm } from '../distribution/composition/overrides.ts';
import type { DecisionReader, RecordCounts } from '../record/reader.ts';
import { nextToExpire, OVERRIDE_STATES, type OverrideState, stateOf } from './override-states.ts';

/** What is said of one override. Wire names, since `bailiff overrides --json` prints it. */
export interface ToldOverride {
  readonly id: string;
  readonly state: OverrideState;
  readonly lifts: readonly string[];
  readonly scope: ActiveOverride['scope'];
  readonly not_before: string;
  readonly expires_at: string;
  readonly ticket: string;
  readonly requested_by: string;
  readonly approved_by: readonly string[];
  /** It holds beyond a cap, by one approval more. */
  readonly over_cap: boolean;
  /** Owners of the rules that it lifts. */
  readonly owners: readonly string[];
  /** Decisions in which it lifted an objection, in the whole hours that were asked for. */
  readonly uses: number;
  /** In the whole record; null where it was never used. */
  readonly last_used: string | null;
}

/** Overrides of the active release, and what the record says of them. */
export interface OverrideReport {
  readonly since: string;
  readonly until: string;
  /** Of the release whose overrides these are; null when none is known. */
  readonly policy_version: string | null;
  readonly counts: Readonly<Record<OverrideState, number>>;
  readonly next_expiry: { readonly id: string; readonly at: string } | null;
  readonly overrides: readonly ToldOverride[];
  /** Ids of overrides that are active or expired and were never used. */
  readonly never_used: readonly string[];
  /** Used in that time and no part of the release any more. */
  readonly gone: readonly { readonly id: string; readonly uses: number }[];
  /** Overrides that its sources hold and that lift nothing; null where the sources are not known. */
  readonly dropped: readonly Pick<OverrideAlarm, 'id' | 'reason' | 'file' | 'row'>[] | null;
  /** By week, beginning on Mondays, UTC: overrides of this release in force at any time of it, and uses of any. */
  readonly weeks: readonly { readonly week: string; readonly in_force: number; readonly uses: number }[];
  readonly allowed: number;
  /** Allowed because an override, or several, lifted an objection. */
  readonly allowed_by_override: number;
  /** Their share, 0 to 1; null without allowed calls. */
  readonly share_of_allows: number | null;
}

export interface OverrideQuestion {
  readonly sinceMs: number;
  readonly nowMs: number;
  /** The overrides, where the record does not know those of the active release. */
  readonly overrides?: readonly ActiveOverride[];
  readonly dropped: readonly OverrideAlarm[] | null;
}

const WEEK_MS = 7 * 86_400_000;
/** The first Monday after 1970 began, which was a Thursday. */
const MONDAY_MS = 4 * 86_400_000;
/** Simulated decisions are no uses; so many of them are passed over in search of one. */
const SIMULATED_PAGE = 100;
const SIMULATED_PAGES_MAX = 10;
/** Weeks that are told of at most, the last ones. */
export const WEEKS_MAX = 12;

/** Questions asked of the record about overrides. @throws Failure `record_unavailable`. */
export async function overrideReport(
  reader: Pick<DecisionReader, 'counts' | 'page' | 'release'>,
  question: OverrideQuestion,
  signal: AbortSignal,
): Promise<OverrideReport> {
  const { sinceMs, nowMs, dropped } = question;
  const release = await reader.release(undefined, signal);
  const overrides = release?.overrides ?? question.overrides ?? [];
  const counts = await reader.counts(
    { sinceMs, untilMs: nowMs, dimensions: ['override', 'overrides_used'] },
    signal,
  );
  const uses = usesIn(counts);
  const lastUsed = new Map<string, string>();
  for (const { id } of overrides) {
    const atMs = await lastUseOf(id, reader, signal);
    if (atMs !== undefined) lastUsed.set(id, new Date(atMs).toISOString());
  }
  const owners = new Map(release?.rules.map(({ id, owner }) => [id, owner]));
  const told = overrides.map((override): ToldOverride => {
    const { id, lifts, scope, not_before, expires_at, ticket, requested_by, approved_by } = override;
    return {
      id,
      state: stateOf(override, nowMs / 1_000),
      lifts,
      scope,
      not_before: timeOf(not_before),
      expires_at: timeOf(expires_at),
      ticket,
      requested_by,
      approved_by,
      over_cap: override.over_cap === true,
      owners: [...new Set(lifts.flatMap((rule) => owners.get(rule) ?? []))].sort(),
      uses: uses.get(id) ?? 0,
      last_used: lastUsed.get(id) ?? null,
    };
  });
  const next = nextToExpire(overrides, nowMs / 1_000);
  const known = new Set(overrides.map(({ id }) => id));
  return {
    since: new Date(sinceMs).toISOString(),
    until: new Date(nowMs).toISOString(),
    policy_version: release?.policyVersion ?? null,
    counts: statesOf(told),
    next_expiry: next === undefined ? null : { id: next.id, at: timeOf(next.expires_at) },
    overrides: told,
    never_used: told
      .filter(({ state, last_used }) => state !== 'future' && last_used === null)
      .map(({ id }) => id),
    gone: [...uses].filter(([id]) => !known.has(id)).map(([id, count]) => ({ id, uses: count })),
    dropped: dropped?.map(({ id, reason, file, row }) => ({ id, reason, file, row })) ?? null,
    weeks: await weeksOf(reader, { sinceMs, nowMs, overrides }, signal),
    ...shareOf(counts),
  };
}

/** When an override last let something pass that was asked in earnest; undefined where it never did, as far back as is looked. */
async function lastUseOf(
  id: string,
  reader: Pick<DecisionReader, 'page'>,
  signal: AbortSignal,
): Promise<number | undefined> {
  let before: number | undefined;
  for (let page = 0; page < SIMULATED_PAGES_MAX; page += 1) {
    const options = { limit: SIMULATED_PAGE, ...(before === undefined ? {} : { before }) };
    const { decisions, next } = await reader.page({ override: id }, options, signal);
    const found = decisions.find(({ simulated }) => !simulated);
    if (found !== undefined || next === undefined) return found?.atMs;
    before = next;
  }
  return undefined;
}

const timeOf = (seconds: number) => new Date(seconds * 1_000).toISOString();

function statesOf(told: readonly ToldOverride[]): Record<OverrideState, number> {
  const counts = { future: 0, active: 0, expired: 0 };
  for (const state of OVERRIDE_STATES) counts[state] = told.filter((one) => one.state === state).length;
  return counts;
}

function usesIn({ dimensions }: RecordCounts): Map<string, number> {
  const uses = new Map<string, number>();
  for (const { value, count } of dimensions.override ?? []) uses.set(value, (uses.get(value) ?? 0) + count);
  return uses;
}

function shareOf({ hours, dimensions }: RecordCounts) {
  const allowed = sum(hours.filter(({ outcome }) => outcome === 'allow'));
  const used = sum((dimensions.overrides_used ?? []).filter(({ outcome }) => outcome === 'allow'));
  return {
    allowed,
    allowed_by_override: used,
    share_of_allows: allowed === 0 ? null : used / allowed,
  };
}

const sum = (rows: readonly { readonly count: number }[]) =>
  rows.reduce((total, { count }) => total + count, 0);

async function weeksOf(
  reader: Pick<DecisionReader, 'counts'>,
  { sinceMs, nowMs, overrides }: Required<Pick<OverrideQuestion, 'sinceMs' | 'nowMs' | 'overrides'>>,
  signal: AbortSignal,
): Promise<OverrideReport['weeks']> {
  const mondayOf = (ms: number) => Math.floor((ms - MONDAY_MS) / WEEK_MS) * WEEK_MS + MONDAY_MS;
  const last = mondayOf(nowMs);
  const weeks: { week: string; in_force: number; uses: number }[] = [];
  for (
    let from = Math.max(mondayOf(sinceMs), last - (WEEKS_MAX - 1) * WEEK_MS);
    from <= last;
    from += WEEK_MS
  ) {
    const window = { sinceMs: Math.max(0, from), untilMs: from + WEEK_MS };
    const counts = await reader.counts({ ...window, dimensions: ['override'] }, signal);
    const inForce = overrides.filter(
      ({ not_before, expires_at }) => not_before * 1_000 < from + WEEK_MS && expires_at * 1_000 > from,
    );
    const uses = [...usesIn(counts).values()].reduce((total, count) => total + count, 0);
    weeks.push({ week: new Date(from).toISOString().slice(0, 10), in_force: inForce.length, uses });
  }
  return weeks;
}
