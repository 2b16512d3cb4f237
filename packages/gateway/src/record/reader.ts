import type { ActiveOverride, Outcome, OutcomeResult, RecordEntry, ReleaseRule } from '@bailiff/contract';
import type { ChainBreak } from './chain.ts';

/** What a listed record says its decision was. `refused` stands for a request that was refused before a decision. */
export type RecordedOutcome = Outcome | 'refused';

/** Fields that a record is found by, each compared by equality. A record may have several values of one field. */
export const FILTER_FIELDS = [
  'agent',
  'team',
  'user',
  'conversation',
  'server',
  'tool',
  'rule',
  'reason',
  'outcome',
  'result',
  'policyVersion',
  'dataClass',
  'override',
] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

/** Which records are asked for: all conditions hold. Absent conditions do not restrict. */
export interface DecisionFilter extends Partial<Readonly<Record<FilterField, string>>> {
  /** Inclusive, milliseconds since 1970. */
  readonly sinceMs?: number;
  /** Exclusive, milliseconds since 1970. */
  readonly untilMs?: number;
  /** Context and decision together took at least this long. */
  readonly latencyOverMs?: number;
  /** Words, all of which occur in the arguments, the target, the message or the titles of the rules. */
  readonly text?: string;
}

/** Which stretch of the matching records, by sequence number. */
export interface PageOptions {
  /** At most 500. */
  readonly limit: number;
  /** Only records before this sequence number: the cursor of the next page. */
  readonly before?: number;
  /** Only records after this sequence number. */
  readonly after?: number;
}

/** One record as a list shows it. */
export interface DecisionSummary {
  readonly seq: number;
  readonly decisionId: string;
  readonly atMs: number;
  readonly agent: string;
  readonly user: string;
  readonly server: string;
  /** What was acted on: the tool, URI, prompt, model or subagent; the route of a refused request. */
  readonly target: string;
  readonly outcome: RecordedOutcome;
  readonly reasons: readonly string[];
  readonly latencyMs: number;
  readonly policyVersion: string;
  /** A list that was filtered for the caller. */
  readonly isList: boolean;
  /** A simulated decision grants nothing. */
  readonly simulated: boolean;
  /** `unknown` where no outcome was recorded, or none is yet. Null for a request refused before a decision. */
  readonly result: OutcomeResult | null;
}

/** Newest first. */
export interface DecisionPage {
  readonly decisions: readonly DecisionSummary[];
  /** `before` of the next page; undefined when this is the last. */
  readonly next: number | undefined;
  /** Entries up to this sequence number were searched. */
  readonly searchedTo: number;
}

/** An entry with its place in the chain; hashes in hexadecimal. */
export interface StoredEntry {
  readonly seq: number;
  readonly previousHash: string;
  readonly hash: string;
  readonly entry: RecordEntry;
}

/**
 * What decisions are counted by. Lists, which are no decisions about a call, are counted by `list` alone: the agent
 * that asked. `override` is an override that lifted an objection, `overrides_used` how many did, where any.
 */
export const DIMENSIONS = [
  'agent',
  'team',
  'server',
  'tool',
  'rule',
  'watched_rule',
  'reason',
  'bundle',
  'policy_version',
  'data_class',
  'result',
  'list',
  'override',
  'overrides_used',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export interface Counted {
  readonly value: string;
  /** Empty for `result`, which is counted apart from decisions. */
  readonly outcome: RecordedOutcome | '';
  readonly count: number;
}

/** What is counted. `sinceMs` is rounded down and `untilMs` up to whole hours, in milliseconds since 1970. */
export interface CountsQuestion {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** By what decisions are counted besides hours and outcomes. */
  readonly dimensions: readonly Dimension[];
}

/** Counts of whole hours. Simulated decisions are counted nowhere. */
export interface RecordCounts {
  /** Hours that hold records, oldest first; `hourMs` is where the hour begins. */
  readonly hours: readonly {
    readonly hourMs: number;
    readonly outcome: RecordedOutcome;
    readonly count: number;
  }[];
  /** The dimensions that were asked for; the most frequent values first. */
  readonly dimensions: Readonly<Partial<Record<Dimension, readonly Counted[]>>>;
  /** Decisions by latency: each bucket holds those up to `upToMs` that no smaller bucket holds. Ascending. */
  readonly latency: readonly { readonly upToMs: number; readonly count: number }[];
}

/** What a record’s reader needs to know of a release. */
export interface RememberedRelease {
  readonly policyVersion: string;
  readonly digest: string;
  /** Bundle → revision. */
  readonly bundles: Readonly<Record<string, string>>;
  readonly rules: readonly Pick<
    ReleaseRule,
    'id' | 'bundle' | 'kind' | 'mode' | 'title' | 'owner' | 'reason'
  >[];
  /** Overrides that it carries; undefined where an older version remembered it. */
  readonly overrides?: readonly ActiveOverride[];
  /** When it was last activated, milliseconds since 1970. */
  readonly activatedMs: number;
}

/**
 * Whether every entry is what it was when it was appended, as far as the log alone can tell: a cut tail cannot be
 * seen.
 */
export type Verification =
  | { readonly kind: 'intact'; readonly entries: number; readonly head: string }
  | ({ readonly kind: 'broken' } & ChainBreak);

/** The decision log’s reading side. @throws Failure `record_unavailable` when the store cannot be read. */
export interface DecisionReader extends AsyncDisposable {
  page(filter: DecisionFilter, options: PageOptions, signal: AbortSignal): Promise<DecisionPage>;
  /** Every entry under one decision id, oldest first; none when it is unknown. */
  find(decisionId: string, signal: AbortSignal): Promise<readonly StoredEntry[]>;
  counts(question: CountsQuestion, signal: AbortSignal): Promise<RecordCounts>;
  /** The release with this policy version, or the one activated last; undefined when none is known. */
  release(policyVersion: string | undefined, signal: AbortSignal): Promise<RememberedRelease | undefined>;
  /** Follows the whole chain, which the index is no part of; `onProgress` hears how many entries were followed. */
  verify(onProgress: (entries: number) => void, signal: AbortSignal): Promise<Verification>;
}
