import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  CHAIN_START,
  type ChainedEntry,
  type ChainPosition,
  entryHash,
  followLink,
} from '../../../record/chain.ts';
import { type EntryText, entryText, unknownOutcome } from '../../../record/entry.ts';
import { BUSY_TIMEOUT_MS, inTransaction, openForWriting } from '../database.ts';
import { HeldFiles, identityOf } from '../file-identity.ts';
import { prepareTables } from '../schema.ts';
import { isBusy, SQLITE_BUSY, Unusable } from '../trouble.ts';

/** Entries at the end of the log whose hashes are followed when it is opened. */
const TAIL_ENTRIES = 1_000;

/** Outcomes of abandoned decisions that are written in one transaction. */
const ORPHANS_PER_COMMIT = 1_000;

/** How long an opening waits for readers to come to an end; a query takes a small part of it. */
const READERS_TIMEOUT_MS = 1_000;

/**
 * A call whose decision could not be stored in time is refused too. Where its decision was stored after all, that and
 * its outcome say what became of it, and the refusal would be a second record of the same id.
 */
const INSERT_REFUSAL = `
  INSERT INTO log (seq, decision_id, kind, at_ms, hash, document)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM log WHERE decision_id = ?2 AND kind = 'decision')
  ON CONFLICT (decision_id, kind) DO NOTHING`;

/** Entries to append, as columns: strings cross to a thread much cheaper than objects do. */
export interface Batch {
  readonly decisionIds: readonly string[];
  readonly kinds: readonly EntryText['kind'][];
  readonly atMs: readonly number[];
  readonly documents: readonly string[];
}

/** The log on disk is not what it was when it was written. */
export class BrokenLog extends Unusable {
  constructor(what: string) {
    super(
      `The record is damaged: ${what} Run \`bailiff verify\`, keep the file as evidence and set another data_dir.`,
    );
  }
}

/**
 * The one writer of a store’s log. Whatever goes wrong while it writes, it does not trust its own memory afterwards:
 * it opens the store anew, makes sure that what it finds is on disk, and goes on from there. Appending an entry again
 * is therefore safe, and is how a failed batch is repeated.
 */
export class LogWriter implements Disposable {
  readonly #file: string;
  #database: DatabaseSync | undefined;
  #insert: StatementSync | undefined;
  #insertRefusal: StatementSync | undefined;
  #moveHead: StatementSync | undefined;
  #head: ChainPosition = CHAIN_START;
  /** Decisions without an outcome, oldest first, by id. */
  #open = new Map<string, number>();
  /** Which file it was when it was first opened: no other one is ever written to. */
  #identity: string | undefined;
  #held: HeldFiles | undefined;

  /** `identity` is the file that it has to be, where an earlier writer of this process had it open. */
  constructor(file: string, identity?: string) {
    this.#file = file;
    this.#identity = identity;
  }

  /** Which file is written; undefined before it was opened. */
  get identity(): string | undefined {
    return this.#identity;
  }

  /** Opens the store if it is not open. @throws StoreLost, BrokenLog, or SQLite’s error. */
  database(): DatabaseSync {
    if (this.#database !== undefined) return this.#database;
    const database = openForWriting(this.#file, this.#identity);
    try {
      prepareTables(database);
      secure(database);
      this.#head = verifiedHead(database);
      this.#open = openDecisions(database);
      this.#insert = database.prepare(
        'INSERT INTO log (seq, decision_id, kind, at_ms, hash, document) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (decision_id, kind) DO NOTHING',
      );
      this.#insertRefusal = database.prepare(INSERT_REFUSAL);
      this.#moveHead = database.prepare('UPDATE head SET seq = ?, hash = ?, closed_upto = ?');
      this.#held = new HeldFiles(['', '-wal', '-shm'].map((end) => `${this.#file}${end}`));
      this.#identity ??= identityOf(this.#file);
    } catch (thrown) {
      database.close();
      throw thrown;
    }
    this.#database = database;
    return database;
  }

  /** @throws StoreLost when what was written is not where whoever opens the store next looks for it. */
  refuseLost(): void {
    this.#held?.refuseLost();
  }

  /**
   * Resolves nothing and waits for the disk: when it returns, every entry is there once. @throws StoreLost, or SQLite’s
   * error.
   */
  append({ decisionIds, kinds, atMs, documents }: Batch): void {
    const database = this.database();
    const open = this.#open;
    let head = this.#head;
    try {
      database.exec('PRAGMA synchronous = FULL');
      inTransaction(database, () => {
        for (const [index, document] of documents.entries()) {
          const decisionId = decisionIds[index] ?? '';
          const kind = kinds[index] ?? 'decision';
          const next = { seq: head.seq + 1, hash: entryHash(head.hash, document) };
          const insert = kind === 'refusal' ? this.#insertRefusal : this.#insert;
          const added = insert?.run(next.seq, decisionId, kind, atMs[index] ?? 0, next.hash, document);
          if (added?.changes !== 1) continue;
          head = next;
          if (kind === 'decision') open.set(decisionId, next.seq);
          else if (kind === 'outcome') open.delete(decisionId);
        }
        const oldestOpen = open.values().next().value ?? head.seq + 1;
        this.#moveHead?.run(head.seq, head.hash, oldestOpen - 1);
      });
    } catch (thrown) {
      // A lock that was not to be had says that nothing was begun. After anything else, open decisions are read again too.
      if (!isBusy(thrown)) this.reopenLater();
      throw thrown;
    }
    this.#head = head;
    this.refuseLost(); // SQLite goes on writing to files that have no name any more.
  }

  /** Gives every decision that has no outcome the outcome `unknown`; returns how many there were. */
  closeAbandoned(nowMs: number): number {
    this.database();
    const abandoned = [...this.#open.keys()];
    for (let from = 0; from < abandoned.length; from += ORPHANS_PER_COMMIT) {
      this.append(
        batchOf(
          abandoned.slice(from, from + ORPHANS_PER_COMMIT).map((id) => entryText(unknownOutcome(id, nowMs))),
        ),
      );
    }
    return abandoned.length;
  }

  /** Forgets the connection: the next use opens the store anew. */
  reopenLater(): void {
    try {
      this.#database?.close();
    } catch {
      // A connection that cannot even be closed is left behind; the new one does not depend on it.
    }
    this.#database = undefined;
  }

  [Symbol.dispose](): void {
    this.reopenLater();
  }
}

export function batchOf(entries: readonly EntryText[]): Batch {
  return {
    decisionIds: entries.map(({ decisionId }) => decisionId),
    kinds: entries.map(({ kind }) => kind),
    atMs: entries.map(({ atMs }) => atMs),
    documents: entries.map(({ document }) => document),
  };
}

/**
 * Makes sure that what the store shows is on disk. After a failed fsync the kernel shows pages that it never wrote
 * and does not report them again, so what was found is copied into the main file and that is synced.
 */
function secure(database: DatabaseSync): void {
  database.exec(`PRAGMA busy_timeout = ${READERS_TIMEOUT_MS}`);
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  if (checkpoint?.busy !== 0)
    throw Object.assign(new Error('The store is being read.'), { errcode: SQLITE_BUSY });
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
}

function verifiedHead(database: DatabaseSync): ChainPosition {
  const head = database.prepare('SELECT seq, hash FROM head').get() as unknown as ChainPosition;
  const from = Math.max(0, head.seq - TAIL_ENTRIES);
  const before = database.prepare('SELECT seq, hash FROM log WHERE seq = ?').get(from) as unknown as
    | ChainPosition
    | undefined;
  if (from > 0 && before === undefined) throw new BrokenLog(`Entry ${from} is missing.`);
  let position = before ?? CHAIN_START;
  for (const entry of tail(database, from)) {
    const link = followLink(position, entry);
    if ('detail' in link) throw new BrokenLog(link.detail);
    position = link;
  }
  if (position.seq < head.seq)
    throw new BrokenLog(
      `${head.seq - position.seq} entries are missing at the end, from ${position.seq + 1} on.`,
    );
  if (position.seq > head.seq || !Buffer.from(position.hash).equals(head.hash)) {
    throw new BrokenLog(`Entries after ${head.seq} were not written by a gateway.`);
  }
  return position;
}

function tail(database: DatabaseSync, after: number): Iterable<ChainedEntry> {
  return database
    .prepare(
      'SELECT seq, decision_id AS decisionId, kind, at_ms AS atMs, hash, document FROM log WHERE seq > ? ORDER BY seq',
    )
    .iterate(after) as Iterable<unknown> as Iterable<ChainedEntry>;
}

function openDecisions(database: DatabaseSync): Map<string, number> {
  const rows = database
    .prepare(
      `SELECT decision_id AS id, seq FROM log AS decided
       WHERE seq > (SELECT closed_upto FROM head) AND kind = 'decision'
         AND NOT EXISTS (SELECT 1 FROM log WHERE decision_id = decided.decision_id AND kind = 'outcome')
       ORDER BY seq`,
    )
    .all();
  return new Map(rows.map(({ id, seq }) => [String(id), Number(seq)]));
}
