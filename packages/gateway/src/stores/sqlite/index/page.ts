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
  readonly #summary: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#indexed = database.prepare('SELECT seq FROM indexed');
    this.#blocks = database.prepare(
      'SELECT block FROM block WHERE block BETWEEN ? AND ? AND upto_ms >= ? AND from_ms < ? ORDER BY block DESC',
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
    const matcher = this.#matcher(filter);
    // Read as a whole, so that no read transaction stays open between rows.
    const blocks = this.#blocks.all(blockOf(range.first), blockOf(range.last), sinceMs, untilMs);
    for (const row of blocks) {
      const block = Number(row.block);
      const first = block * BLOCK_ENTRIES;
      for (const position of matcher.in(block).descending(range.last - first + 1)) {
        const seq = first + position;
        if (seq < range.first) break;
        const summary = summaryOf(this.#summary.get(seq));
        if (summary !== undefined && summary.atMs >= sinceMs && summary.atMs < untilMs) yield summary;
      }
    }
  }

  #matcher(filter: DecisionFilter): BlockMatcher {
    const required = [this.#terms.entry()];
    for (const field of FILTER_FIELDS) {
      const value = filter[field];
      if (value !== undefined) required.push(this.#terms.field(field, value));
    }
    for (const word of wordsOf(filter.text === undefined ? [] : [filter.text]))
      required.push(this.#terms.word(word));
    const bits = filter.latencyOverMs === undefined ? [] : this.#terms.latencyBits();
    return new BlockMatcher(this.#database, required, bits, latencyUs(filter.latencyOverMs ?? 0));
  }
}

const blockOf = (seq: number) => Math.floor(seq / BLOCK_ENTRIES);

/** Which entries of a block have all the terms, and a latency of at least `leastUs` where its bits are given. */
class BlockMatcher {
  readonly #required: readonly number[];
  readonly #requiredSets: StatementSync;
  readonly #latencyBits: readonly number[];
  readonly #latencySets: StatementSync;
  readonly #leastUs: number;

  constructor(
    database: DatabaseSync,
    required: readonly number[],
    latencyBits: readonly number[],
    leastUs: number,
  ) {
    const select = (terms: readonly number[]) =>
      database.prepare(
        `SELECT term, entries FROM posting WHERE block = ? AND term IN (${terms.map(() => '?').join(', ')})`,
      );
    this.#required = required;
    this.#requiredSets = select(required);
    this.#latencyBits = latencyBits;
    this.#latencySets = select(latencyBits);
    this.#leastUs = leastUs;
  }

  in(block: number): BlockSet {
    const sets = setsOf(this.#requiredSets.all(block, ...this.#required));
    const matching = BlockSet.all();
    for (const term of this.#required) {
      const set = sets.get(term);
      if (set === undefined) return new BlockSet();
      matching.and(set);
    }
    return this.#latencyBits.length === 0 || matching.isEmpty() ? matching : this.#slow(block, matching);
  }

  /** Compares all latencies of the block at once, from the highest bit down. */
  #slow(block: number, among: BlockSet): BlockSet {
    const sets = setsOf(this.#latencySets.all(block, ...this.#latencyBits));
    const equal = among; // so far the same bits as the least latency
    const above = new BlockSet();
    for (let bit = LATENCY_BITS - 1; bit >= 0; bit -= 1) {
      const set = sets.get(this.#latencyBits[bit] ?? 0) ?? new BlockSet();
      if ((this.#leastUs >>> bit) & 1) {
        equal.and(set);
      } else {
        above.or(equal.copy().and(set));
        equal.andNot(set);
      }
    }
    return above.or(equal);
  }
}

type Row = Record<string, unknown>;

const setsOf = (rows: readonly Row[]): Map<number, BlockSet> =>
  new Map(rows.map(({ term, entries }) => [Number(term), BlockSet.from(entries as Uint8Array)]));

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
