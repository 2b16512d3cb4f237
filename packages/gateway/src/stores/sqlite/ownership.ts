import { DatabaseSync } from 'node:sqlite';
import { isBusy, Unusable } from './database.ts';

/**
 * How long to wait for a holder that may only be finishing: a command that catches up the index, a gateway that
 * stops.
 */
const WAIT_MS = 1_000;

/** The right to write to a store, until disposed of or until the process ends, however it ends. */
export type Ownership = Disposable;

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
  const lock = new DatabaseSync(`${file}.lock`, { timeout: waitMs });
  try {
    lock.exec('PRAGMA synchronous = OFF');
    lock.exec('BEGIN IMMEDIATE');
    lock.exec('CREATE TABLE IF NOT EXISTS holder (id INTEGER PRIMARY KEY, pid INTEGER)');
    lock.prepare('INSERT INTO holder VALUES (1, ?) ON CONFLICT DO UPDATE SET pid = excluded.pid').run(pid);
    lock.exec('COMMIT');
    lock.exec('BEGIN IMMEDIATE'); // Readers still see who holds it.
  } catch (thrown) {
    try {
      throw isBusy(thrown) ? new OwnedElsewhere(holderOf(lock)) : thrown;
    } finally {
      lock.close();
    }
  }
  return { [Symbol.dispose]: () => lock.close() };
}

function holderOf(lock: DatabaseSync): number {
  return Number(lock.prepare('SELECT pid FROM holder').get()?.pid ?? 0);
}
