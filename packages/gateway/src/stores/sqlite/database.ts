import { accessSync, closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { identityOf } from './file-identity.ts';
import { StoreLost } from './trouble.ts';

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

/**
 * Makes a file that only its owner reads, and its folder, where there is none. SQLite gives the files that it puts
 * beside it the same mode. A file that is there is never opened: closing it would drop every lock that SQLite holds on
 * it for this process.
 * @throws the file system’s error, also where the file may not be read and written.
 */
export function makePrivateFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: FOLDER_MODE });
  try {
    closeSync(openSync(file, 'wx', FILE_MODE));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    accessSync(file, constants.R_OK | constants.W_OK);
  }
}

/**
 * A connection that writes. A commit with `synchronous = FULL` is on disk when it returns. `identity` is the file that
 * it has to be, where it was open before; else it is made when it is missing.
 * @throws StoreLost when the path leads to another file, the file system’s error, or SQLite’s.
 */
export function openForWriting(file: string, identity?: string): DatabaseSync {
  if (identity === undefined) makePrivateFile(file);
  const before = identityOf(file);
  if (before === undefined || (identity !== undefined && before !== identity)) throw new StoreLost(file);
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    if (identityOf(file) !== before) throw new StoreLost(file);
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
  accessSync(file, constants.R_OK); // SQLite would make the file that it does not find.
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
