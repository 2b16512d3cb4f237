import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * How long a statement waits for another connection’s lock. Longer waits belong to whoever can still answer
 * meanwhile.
 */
export const BUSY_TIMEOUT_MS = 100;

/** Pages kept in memory by one connection, in KiB. */
const CACHE_KIB = 8_192;

/**
 * Pages in the write-ahead log from which on a commit moves them itself; much more than a `Checkpointer` leaves
 * there.
 */
const OWN_CHECKPOINT_PAGES = 16_000;

/** Only the gateway’s own user reads records. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** A connection that writes. A commit with `synchronous = FULL` is on disk when it returns. */
export function openForWriting(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: FOLDER_MODE });
  closeSync(openSync(file, 'a', FILE_MODE)); // SQLite gives its other files the mode of this one.
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA cache_size = -${CACHE_KIB};
      PRAGMA wal_autocheckpoint = ${OWN_CHECKPOINT_PAGES};
      PRAGMA journal_size_limit = 67108864;`);
  } catch (thrown) {
    database.close();
    throw thrown;
  }
  return database;
}

/** A connection that only reads, beside whoever writes. It may still have to recover what a killed writer left. */
export function openForReading(file: string): DatabaseSync {
  closeSync(openSync(file, 'r')); // SQLite would make the file that it does not find.
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS * 20 });
  try {
    database.exec(`PRAGMA query_only = 1; PRAGMA cache_size = -${CACHE_KIB * 4};`);
  } catch (thrown) {
    database.close();
    throw thrown;
  }
  return database;
}

/** Runs `work` in one transaction that takes the write lock at once, so that it cannot fail half-way for the lock. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (thrown) {
    if (database.isTransaction) {
      try {
        database.exec('ROLLBACK');
      } catch {
        // The error that matters is the first; a connection that cannot roll back is closed by its owner.
      }
    }
    throw thrown;
  }
}

export const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

/** SQLite’s primary result codes that have words of their own. */
const WORDS: Readonly<Record<number, string>> = {
  [SQLITE_BUSY]: 'The store is locked by another process.',
  [SQLITE_LOCKED]: 'The store is locked by another process.',
  8: 'The store is read-only.',
  10: 'The disk reports an error.',
  11: 'The store’s file is damaged.',
  13: 'The disk is full.',
  14: 'The store’s file cannot be opened.',
  26: 'The store’s file is no database.',
};

/** The store cannot be used; the message is for people. */
export class Unusable extends Error {}

/** SQLite’s primary result code; undefined where something else was thrown. */
function resultCode(thrown: unknown): number | undefined {
  const code = (thrown as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

/** Whether another connection held the lock, so that nothing at all was done. */
export function isBusy(thrown: unknown): boolean {
  const code = resultCode(thrown);
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}

/** Why the store cannot be used, for people; never a path or a value. */
export function wordsFor(thrown: unknown): string {
  if (thrown instanceof Unusable) return thrown.message;
  const code = resultCode(thrown);
  if (code !== undefined) return WORDS[code] ?? `The store fails with SQLite’s code ${code}.`;
  switch ((thrown as NodeJS.ErrnoException | null)?.code) {
    case 'ENOSPC':
      return 'The disk is full.';
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return 'The store’s folder cannot be written to.';
    case 'ENOENT':
      return 'There is no record there.';
    default:
      return 'The store cannot be used.';
  }
}
