import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { OutcomeResult } from '@bailiff/contract';
import { wordsOf } from '../../../record/facts.ts';
import {
  type DecisionFilter,
  type DecisionPage,
  type DecisionSummary,
  FILTER_FIELDS,
  type PageOptions,
  type RecordedOutcome,
} from '../../../record/reader.ts';
import { BLOCK_ENTRIES, BlockSet } from './block-set.ts';
import { LATENCY_BITS, latencyUs, Terms } from './terms.ts';

/** Most records on one page. */
const LIMIT_MAX = 500;

/** Sequence numbers from `first` to `last`, both inclusive. */
interface Range {
  readonly first: number;
  readonly last: number;
}

/** A store’s records by filter, newest first. */
export class PageQuery {
  readonly #database: DatabaseSync;
  readonly #terms = new Terms();
  readonly #indexed: StatementSync;
  readonly #blocks: StatementSync;
  readonly #inTime: StatementSync;
  readonly #summary: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#indexed = database.prepare('SELECT seq FROM indexed');
    this.#blocks = database.prepare(
      'SELECT block, from_ms, upto_ms FROM block WHERE block BETWEEN ? AND ? AND upto_ms >= ? AND from_ms < ? AND slowest_us >= ? ORDER BY block DESC',
    );
    this.#inTime = database.prepare(
      'SELECT seq FROM summary WHERE seq BETWEEN ? AND ? AND at_ms >= ? AND at_ms < ?',
    );
    this.#summary = database.prepare(
      `SELECT summary.*, outcome.document ->> '$.result' AS result
       FROM summary LEFT JOIN log AS outcome ON outcome.decision_id = summary.decision_id AND outcome.kind = 'outcome'
       WHERE summary.seq = ?`,
    );
  }

  page(filter: DecisionFilter, options: PageOptions): DecisionPage {
    const searchedTo = Number(this.#indexed.get()?.seq ?? 0);
    const range = {
      first: (options.after ?? 0) + 1,
      last: Math.min(searchedTo, (options.before ?? Infinity) - 1),
    };
    const limit = Math.min(LIMIT_MAX, Math.max(1, options.limit));
    const decisions: DecisionSummary[] = [];
    for (const summary of this.#matching(filter, range)) {
      if (decisions.length === limit) return { decisions, next: decisions.at(-1)?.seq, searchedTo };
      decisions.push(summary);
    }
    return { decisions, next: undefined, searchedTo };
  }

  *#matching(filter: DecisionFilter, range: Range): Generator<DecisionSummary> {
    if (range.last < range.first) return;
    const { sinceMs = Number.MIN_SAFE_INTEGER, untilMs = Number.MAX_SAFE_INTEGER } = filter;
    const leastUs = latencyUs(filter.latencyOverMs ?? 0);
    const matcher = this.#matcher(filter, leastUs);
    // Read as a whole, so that no read transaction stays open between rows.
    const blocks = this.#blocks.all(blockOf(range.first), blockOf(range.last), sinceMs, untilMs, leastUs);
    for (const row of blocks) {
      const block = Number(row.block);
      const first = block * BLOCK_ENTRIES;
      const matching = matcher.in(block);
      const reachesOut = Number(row.from_ms) < sinceMs || Number(row.upto_ms) >= untilMs;
      if (reachesOut && !matching.isEmpty()) matching.and(this.#timely(block, sinceMs, untilMs));
      for (const position of matching.descending(range.last - first + 1)) {
        const seq = first + position;
        if (seq < range.first) break;
        const summary = summaryOf(this.#summary.get(seq));
        if (summary !== undefined) yield summary;
      }
    }
  }

  /** Which entries of a block are in a stretch of time, where the block is not as a whole. */
  #timely(block: number, sinceMs: number, untilMs: number): BlockSet {
    const first = block * BLOCK_ENTRIES;
    const timely = new BlockSet();
    for (const { seq } of this.#inTime.all(first, first + BLOCK_ENTRIES - 1, sinceMs, untilMs))
      timely.add(Number(seq) - first);
    return timely;
  }

  #matcher(filter: DecisionFilter, leastUs: number): BlockMatcher {
    const required = [this.#terms.entry()];
    for (const field of FILTER_FIELDS) {
      const value = filter[field];
      if (value !== undefined) required.push(this.#terms.field(field, value));
    }
    const words = wordsOf(filter.text === undefined ? [] : [filter.text]);
    for (const word of words) required.push(this.#terms.word(word));
    if (words.size === 0 && filter.text?.trim()) required.push(this.#terms.word('')); // signs only: no record has that
    return new BlockMatcher(this.#database, required, leastUs);
  }
}

const blockOf = (seq: number) => Math.floor(seq / BLOCK_ENTRIES);

/** Which entries of a block have all the terms, and a latency of at least `leastUs`. */
class BlockMatcher {
  readonly #required: readonly number[];
  readonly #leastUs: number;
  readonly #requiredSets: StatementSync;
  readonly #latencySets: StatementSync;

  constructor(database: DatabaseSync, required: readonly number[], leastUs: number) {
    this.#required = required;
    this.#leastUs = leastUs;
    const places = required.map(() => '?').join(', ');
    this.#requiredSets = database.prepare(
      `SELECT term, entries FROM posting WHERE block = ? AND term IN (${places})`,
    );
    this.#latencySets = database.prepare(
      `SELECT term, entries FROM posting WHERE block = ? AND term < ${LATENCY_BITS}`,
    );
    this.#requiredSets.setReturnArrays(true);
    this.#latencySets.setReturnArrays(true);
  }

  in(block: number): BlockSet {
    const sets = setsOf(this.#requiredSets.all(block, ...this.#required));
    const matching = BlockSet.all();
    for (const term of this.#required) {
      const set = sets.get(term);
      if (set === undefined) return new BlockSet();
      matching.and(set);
    }
    return this.#leastUs === 0 || matching.isEmpty() ? matching : this.#slow(block, matching);
  }

  /** Compares all latencies of the block at once, from the highest bit down. */
  #slow(block: number, among: BlockSet): BlockSet {
    const sets = setsOf(this.#latencySets.all(block));
    const equal = among; // those with the same bits so far as the least latency
    const above = new BlockSet();
    for (let bit = LATENCY_BITS - 1; bit >= 0; bit -= 1) {
      const set = sets.get(bit);
      const isSet = (this.#leastUs >>> bit) & 1;
      if (set === undefined) {
        if (isSet) return above;
      } else if (isSet) {
        if (equal.and(set).isEmpty()) return above;
      } else {
        above.or(equal.copy().and(set));
        equal.andNot(set);
      }
    }
    return above.or(equal);
  }
}

type Row = Record<string, unknown>;

/** Sets by term, from rows that came as arrays. */
const setsOf = (rows: readonly unknown[]): Map<number, BlockSet> =>
  new Map((rows as [number, Uint8Array][]).map(([term, entries]) => [term, BlockSet.from(entries)]));

function summaryOf(row: Row | undefined): DecisionSummary | undefined {
  if (row === undefined) return undefined;
  const outcome = row.outcome as RecordedOutcome;
  return {
    seq: Number(row.seq),
    decisionId: String(row.decision_id),
    atMs: Number(row.at_ms),
    agent: String(row.agent),
    user: String(row.user),
    server: String(row.server),
    target: String(row.target),
    outcome,
    reasons: JSON.parse(String(row.reasons)) as string[],
    latencyMs: Number(row.latency_us) / 1_000,
    policyVersion: String(row.policy_version),
    isList: row.is_list === 1,
    simulated: row.simulated === 1,
    result: outcome === 'refused' ? null : ((row.result ?? 'unknown') as OutcomeResult),
  };
}
