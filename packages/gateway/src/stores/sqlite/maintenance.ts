import { pid } from 'node:process';
import { openForWriting } from './database.ts';
import { Indexer } from './index/indexer.ts';
import { OwnedElsewhere, takeOwnership } from './ownership.ts';
import { prepareTables, resetIndex } from './schema.ts';

/** Entries that are indexed in one transaction. */
const STEP_ENTRIES = 1_024;

export interface CatchUpOptions {
  /** Makes every index again from the log. */
  readonly rebuild: boolean;
  readonly onProgress?: (entries: number) => void;
}

/**
 * Brings the indexes of a store up to its log, where no gateway does it. Returns `owned_elsewhere` and does nothing
 * when one runs: then the indexes are at most a moment behind.
 */
export function catchUpStore(
  file: string,
  { rebuild, onProgress }: CatchUpOptions,
): 'done' | 'owned_elsewhere' {
  try {
    using _owned = takeOwnership(file, pid, 0);
    using database = openForWriting(file);
    prepareTables(database);
    if (rebuild) resetIndex(database);
    const indexer = new Indexer(database);
    let done = 0;
    for (let entries = indexer.step(STEP_ENTRIES); entries > 0; entries = indexer.step(STEP_ENTRIES)) {
      done += entries;
      onProgress?.(done);
    }
    return 'done';
  } catch (thrown) {
    if (thrown instanceof OwnedElsewhere) return 'owned_elsewhere';
    throw thrown;
  }
}
