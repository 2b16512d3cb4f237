import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '@bailiff/contract';
import { isBusy } from '../sqlite/trouble.ts';

/** How long the lock is waited for; it is held for as long as a file takes to be written. */
const WAIT_MAX_MS = 10_000;
const RETRY_MS = 10;

/**
 * Does the work while nobody else does any under this file, in whatever process. It is the operating system’s lock on a file of
 * SQLite’s, so that a killed holder leaves nothing to clean up.
 * @throws Failure `overloaded` when others hold it for too long.
 */
export async function withLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  makePrivate(file);
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    await taken(lock);
    return await work();
  } finally {
    lock.close();
  }
}

async function taken(lock: DatabaseSync): Promise<void> {
  const untilMs = performance.now() + WAIT_MAX_MS;
  for (;;) {
    try {
      lock.exec('BEGIN EXCLUSIVE');
      return;
    } catch (thrown) {
      if (!isBusy(thrown)) throw thrown;
      if (performance.now() > untilMs)
        throw new Failure('overloaded', 'Another process keeps the tokens locked.', { cause: thrown });
    }
    await pause(RETRY_MS);
  }
}

/** Never opens what is there: closing it again would end this process’s other locks on it. */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  }
}
