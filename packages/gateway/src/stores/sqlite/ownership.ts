import { chmodSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { makePrivateFile } from './database.ts';
import { identityOf } from './file-identity.ts';
import { isBusy, StoreLost, Unusable } from './trouble.ts';

/**
 * How long to wait for a holder that may only be finishing: a command that catches up the index, a gateway that
 * stops.
 */
const WAIT_MS = 1_000;

/** Whoever can read the lock can hold it, and keep the gateway from starting. */
const LOCK_MODE = 0o600;
const OTHERS = 0o077;

/** The right to write to a store, until disposed of or until the process ends, however it ends. */
export interface Ownership extends Disposable {
  /** Path of the locked file. Whoever removes it lets another process own the store too. */
  readonly lockFile: string;
}

/** Another process writes to the store. */
export class OwnedElsewhere extends Unusable {
  constructor(pid: number) {
    super(
      `The store is in use by process ${pid}. One gateway writes to a store; stop that one, or set another data_dir.`,
    );
  }
}

/**
 * Takes the right to write to the store at `file`. It is the operating system’s lock on a file of SQLite’s beside the
 * store, so that a killed holder leaves nothing to clean up; the row in it only names the holder.
 * @throws OwnedElsewhere when another process holds it.
 */
export function takeOwnership(file: string, pid: number, waitMs: number = WAIT_MS): Ownership {
  const lockFile = `${file}.lock`;
  makePrivateFile(lockFile);
  if ((statSync(lockFile).mode & OTHERS) !== 0) chmodSync(lockFile, LOCK_MODE);
  const before = identityOf(lockFile);
  const lock = new DatabaseSync(lockFile, { timeout: waitMs });
  try {
    lock.exec('PRAGMA synchronous = OFF');
    lock.exec('BEGIN IMMEDIATE');
    lock.exec('CREATE TABLE IF NOT EXISTS holder (id INTEGER PRIMARY KEY, pid INTEGER)');
    lock.prepare('INSERT INTO holder VALUES (1, ?) ON CONFLICT DO UPDATE SET pid = excluded.pid').run(pid);
    lock.exec('COMMIT');
    lock.exec('BEGIN IMMEDIATE'); // Readers still see who holds it.
    if (identityOf(lockFile) !== before) throw new StoreLost(lockFile);
  } catch (thrown) {
    try {
      throw isBusy(thrown) ? new OwnedElsewhere(holderOf(lock)) : thrown;
    } finally {
      lock.close();
    }
  }
  return { lockFile, [Symbol.dispose]: () => lock.close() };
}

function holderOf(lock: DatabaseSync): number {
  return Number(lock.prepare('SELECT pid FROM holder').get()?.pid ?? 0);
}
