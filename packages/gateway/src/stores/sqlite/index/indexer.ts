import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { OutcomeEntry, RecordEntry } from '@bailiff/contract';
import { type EntryFacts, factsOf } from '../../../record/facts.ts';
import { inTransaction } from '../database.ts';
import { BLOCK_ENTRIES, withPositions } from './block-set.ts';
import { bucketOf } from './buckets.ts';
import { latencyTerms, latencyUs, Terms } from './terms.ts';

export const HOUR_MS = 3_600_000;

/**
 * Entries whose index is written in one transaction while more follow: most terms are true of many of them, and each is then
 * written once.
 */
const WRITE_ENTRIES = 1_024;

/**
 * Makes from the log what queries read: which entries a term is true of, summaries, and counts by the hour. It stands
 * behind the log and can be made again from it at any time; how far it got is stored in the same transaction.
 */
export class Indexer {
  readonly #database: DatabaseSync;
  readonly #terms = new Terms();
  readonly #read: StatementSync;
  readonly #seqOf: StatementSync;
  readonly #posting: StatementSync;
  readonly #writes: Writes;
  /** What was looked at and is not written yet. */
  #found = new Found();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#read = database.prepare(
      'SELECT seq, document FROM log WHERE seq > max(?, (SELECT seq FROM indexed)) ORDER BY seq LIMIT ?',
    );
    this.#seqOf = database.prepare(`SELECT seq FROM log WHERE decision_id = ? AND kind = 'decision'`);
    this.#posting = database.prepare('SELECT entries FROM posting WHERE block = ? AND term = ?');
    this.#writes = prepareWrites(database);
  }

  /**
   * Looks at no more than `limit` further entries; returns how many there were. They are written with those that follow, and
   * all of them once there were fewer than `limit`. What it writes need not survive a power cut.
   */
  step(limit: number): number {
    const found = this.#found;
    this.#found = new Found(); // whatever fails from here on is looked at again
    const entries = this.#find(found, limit);
    if (entries === limit && found.entries < WRITE_ENTRIES) {
      this.#found = found;
    } else if (found.entries > 0) {
      this.#database.exec('PRAGMA synchronous = NORMAL');
      inTransaction(this.#database, () => this.#write(found));
    }
    return entries;
  }

  /** The same within a transaction of the caller’s, in which all of them are written. */
  stepWithin(limit: number): number {
    const found = new Found();
    this.#find(found, limit);
    if (found.entries > 0) this.#write(found);
    return found.entries;
  }

  /** Looks at what follows the entries that were found, and gives how many more there were. */
  #find(found: Found, limit: number): number {
    const before = found.entries;
    for (const { seq, document } of this.#read.all(found.upto, limit)) {
      this.#look(found, Number(seq), JSON.parse(String(document)) as RecordEntry);
      found.upto = Number(seq);
      found.entries += 1;
    }
    return found.entries - before;
  }

  #look(found: Found, seq: number, entry: RecordEntry): void {
    if (entry.kind === 'outcome') {
      this.#lookAtOutcome(found, entry);
      return;
    }
    const facts = factsOf(entry);
    const { summary } = facts;
    const us = latencyUs(summary.latencyMs);
    found.decided.set(summary.decisionId, seq);
    found.summaries.push([seq, summary]);
    found.spread(seq, summary.atMs, us);
    found.add(seq, this.#terms.entry());
    for (const [field, value] of facts.fields) found.add(seq, this.#terms.field(field, value));
    for (const word of facts.words) found.add(seq, this.#terms.word(word));
    for (const term of latencyTerms(us)) found.add(seq, term);
    if (summary.simulated) return;
    const hour = Math.floor(summary.atMs / HOUR_MS);
    const counts = found.countsOf(hour, summary.outcome);
    for (const [dimension, value] of facts.counted) counts.add(dimension, value);
    if (summary.isList) return;
    counts.add('', '');
    if (entry.kind === 'decision') found.took(hour, bucketOf(summary.latencyMs));
  }

  /** An outcome is found by its decision. */
  #lookAtOutcome(found: Found, { decision_id, at, result }: OutcomeEntry): void {
    const decided = found.decided.get(decision_id) ?? this.#seqOf.get(decision_id)?.seq;
    if (decided === undefined) return;
    found.add(Number(decided), this.#terms.field('result', result));
    found.countsOf(Math.floor(Date.parse(at) / HOUR_MS), '').add('result', result);
  }

  #write(found: Found): void {
    const { posting, summary, block, rollup, latency, indexed } = this.#writes;
    for (const [number, terms] of found.postings) {
      for (const [term, positions] of terms) {
        const stored = this.#posting.get(number, term)?.entries as Uint8Array | undefined;
        posting.run(number, term, withPositions(stored, positions));
      }
    }
    for (const [seq, of] of found.summaries) writeSummary(summary, seq, of);
    for (const [number, { fromMs, uptoMs, slowestUs }] of found.blocks) {
      block.run(number, fromMs, uptoMs, slowestUs);
    }
    for (const { hour, outcome, dimensions } of found.counts.values()) {
      for (const [dimension, values] of dimensions)
        for (const [value, count] of values) rollup.run(dimension, hour, value, outcome, count);
    }
    for (const { hour, bucket, count } of found.latencies.values()) latency.run(hour, bucket, count);
    indexed.run(found.upto);
  }
}

/** What one step found, sorted so that each row is written once. */
class Found {
  entries = 0;
  /** Sequence number of the last entry. */
  upto = 0;
  readonly postings = new Map<number, Map<number, number[]>>();
  readonly blocks = new Map<number, { fromMs: number; uptoMs: number; slowestUs: number }>();
  readonly summaries: [seq: number, summary: EntryFacts['summary']][] = [];
  readonly counts = new Map<string, Counts>();
  readonly latencies = new Map<string, { hour: number; bucket: number; count: number }>();
  /** Decision id → sequence number, for outcomes that come right after. */
  readonly decided = new Map<string, number>();

  add(seq: number, term: number): void {
    const block = Math.floor(seq / BLOCK_ENTRIES);
    let terms = this.postings.get(block);
    if (terms === undefined) {
      terms = new Map();
      this.postings.set(block, terms);
    }
    const positions = terms.get(term);
    if (positions === undefined) terms.set(term, [seq % BLOCK_ENTRIES]);
    else positions.push(seq % BLOCK_ENTRIES);
  }

  spread(seq: number, atMs: number, us: number): void {
    const block = Math.floor(seq / BLOCK_ENTRIES);
    const known = this.blocks.get(block);
    this.blocks.set(block, {
      fromMs: Math.min(atMs, known?.fromMs ?? atMs),
      uptoMs: Math.max(atMs, known?.uptoMs ?? atMs),
      slowestUs: Math.max(us, known?.slowestUs ?? us),
    });
  }

  countsOf(hour: number, outcome: string): Counts {
    const key = `${hour}/${outcome}`;
    let counts = this.counts.get(key);
    if (counts === undefined) {
      counts = new Counts(hour, outcome);
      this.counts.set(key, counts);
    }
    return counts;
  }

  took(hour: number, bucket: number): void {
    const key = `${hour}/${bucket}`;
    const counter = this.latencies.get(key);
    if (counter === undefined) this.latencies.set(key, { hour, bucket, count: 1 });
    else counter.count += 1;
  }
}

/** How often each value of each dimension occurs in an hour with one outcome. */
class Counts {
  readonly hour: number;
  readonly outcome: string;
  readonly dimensions = new Map<string, Map<string, number>>();

  constructor(hour: number, outcome: string) {
    this.hour = hour;
    this.outcome = outcome;
  }

  add(dimension: string, value: string): void {
    let values = this.dimensions.get(dimension);
    if (values === undefined) {
      values = new Map();
      this.dimensions.set(dimension, values);
    }
    values.set(value, (values.get(value) ?? 0) + 1);
  }
}

type Writes = ReturnType<typeof prepareWrites>;

function prepareWrites(database: DatabaseSync) {
  return {
    posting: database.prepare(
      'INSERT INTO posting VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET entries = excluded.entries',
    ),
    summary: database.prepare('INSERT INTO summary VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    block: database.prepare(
      `INSERT INTO block VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
       SET from_ms = min(from_ms, excluded.from_ms), upto_ms = max(upto_ms, excluded.upto_ms),
           slowest_us = max(slowest_us, excluded.slowest_us)`,
    ),
    rollup: database.prepare(
      'INSERT INTO rollup VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
    ),
    latency: database.prepare(
      'INSERT INTO latency VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
    ),
    indexed: database.prepare('UPDATE indexed SET seq = ?'),
  };
}

function writeSummary(statement: StatementSync, seq: number, of: EntryFacts['summary']): void {
  statement.run(
    seq,
    of.atMs,
    of.decisionId,
    of.agent,
    of.user,
    of.server,
    of.target,
    of.outcome,
    JSON.stringify(of.reasons),
    latencyUs(of.latencyMs),
    of.policyVersion,
    of.isList ? 1 : 0,
    of.simulated ? 1 : 0,
  );
}
