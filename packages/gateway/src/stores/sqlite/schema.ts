import type { DatabaseSync } from 'node:sqlite';
import { GENESIS } from '../../record/chain.ts';
import { inTransaction } from './database.ts';
import { Unusable } from './trouble.ts';

/** The log, which is the truth. Its rows are only ever added. */
const LOG = `
  CREATE TABLE log (
    seq INTEGER PRIMARY KEY,
    decision_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    hash BLOB NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (decision_id, kind)
  ) STRICT;
  CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    closed_upto INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE release (
    policy_version TEXT PRIMARY KEY,
    activated_ms INTEGER NOT NULL,
    document TEXT NOT NULL
  ) STRICT;`;

/** Raised whenever what is derived from an entry changes: older indexes are then made again from the log. */
const INDEX_VERSION = 5;

/**
 * What is derived from the log. `posting` holds, for each block of 4,096 entries, which of them a term is true of.
 */
const INDEX = `
  DROP TABLE IF EXISTS indexed;
  DROP TABLE IF EXISTS summary;
  DROP TABLE IF EXISTS block;
  DROP TABLE IF EXISTS posting;
  DROP TABLE IF EXISTS rollup;
  DROP TABLE IF EXISTS latency;
  CREATE TABLE indexed (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, version INTEGER NOT NULL) STRICT;
  CREATE TABLE summary (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    decision_id TEXT NOT NULL,
    agent TEXT NOT NULL,
    user TEXT NOT NULL,
    server TEXT NOT NULL,
    target TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reasons TEXT NOT NULL,
    latency_us INTEGER NOT NULL,
    policy_version TEXT NOT NULL,
    is_list INTEGER NOT NULL,
    simulated INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE block (
    block INTEGER PRIMARY KEY,
    from_ms INTEGER NOT NULL,
    upto_ms INTEGER NOT NULL,
    slowest_us INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE posting (
    block INTEGER NOT NULL,
    term INTEGER NOT NULL,
    entries BLOB NOT NULL,
    PRIMARY KEY (block, term)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE rollup (
    dimension TEXT NOT NULL,
    hour INTEGER NOT NULL,
    value TEXT NOT NULL,
    outcome TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (dimension, hour, value, outcome)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE latency (
    hour INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (hour, bucket)
  ) STRICT, WITHOUT ROWID;`;

/** Layout of the log; raised by a migration. */
const LOG_VERSION = 1;

/** The tables that are derived. */
export const INDEX_TABLES = ['indexed', 'summary', 'block', 'posting', 'rollup', 'latency'] as const;

/** Makes the tables that are missing. @throws Unusable when the file was written by a newer version. */
export function prepareTables(database: DatabaseSync): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version > LOG_VERSION)
    throw new Unusable(`The store has layout ${version}; this version reads up to ${LOG_VERSION}.`);
  if (version === 0) {
    inTransaction(database, () => {
      database.exec(LOG);
      database.prepare('INSERT INTO head VALUES (1, 0, ?, 0)').run(GENESIS);
      makeIndexTables(database);
      database.exec(`PRAGMA user_version = ${LOG_VERSION}`);
    });
  } else if (database.prepare('SELECT version FROM indexed').get()?.version !== INDEX_VERSION) {
    resetIndex(database);
  }
}

/** Forgets everything derived, so that it is made again from the log. */
export function resetIndex(database: DatabaseSync): void {
  inTransaction(database, () => makeIndexTables(database));
}

/** Makes the tables of an index that holds nothing yet, in place of those that are there. */
export function makeIndexTables(database: DatabaseSync): void {
  database.exec(INDEX);
  database.prepare('INSERT INTO indexed VALUES (1, 0, ?)').run(INDEX_VERSION);
}
