import { DatabaseSync } from 'node:sqlite';
import { INDEX_TABLES, makeIndexTables } from '../schema.ts';
import { Indexer } from './indexer.ts';

/** Entries between two reports of progress. */
const STEP_ENTRIES = 4_096;

/** Whether the index is what the log gives. `table` is the first that is not. */
export type IndexCheck =
  | { readonly kind: 'intact'; readonly entries: number }
  | { readonly kind: 'differs'; readonly table: string; readonly rows: number };

/**
 * Makes the whole index again from the log, aside in a temporary file, and compares it with the one that queries read,
 * row by row. Takes some 50 µs an entry and reads one state of the store, beside whoever writes it. @throws SQLite’s
 * error.
 */
export function checkIndex(file: string, onProgress: (entries: number) => void): IndexCheck {
  using database = new DatabaseSync(''); // a temporary file that nobody else sees
  database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
  makeIndexTables(database);
  // Read only: a transaction of this connection must not take the lock that a gateway writes with.
  database.prepare('ATTACH ? AS record').run(readOnly(file));
  database.exec('BEGIN');
  const upto = Number(database.prepare('SELECT seq FROM record.indexed').get()?.seq ?? 0);
  const indexer = new Indexer(database); // its tables are the temporary ones; `log` there is none but the record’s
  let entries = 0;
  while (entries < upto) {
    const done = indexer.stepWithin(Math.min(STEP_ENTRIES, upto - entries));
    if (done === 0) break;
    entries += done;
    onProgress(entries);
  }
  for (const table of INDEX_TABLES) {
    const rows = differing(database, table);
    if (rows > 0) return { kind: 'differs', table, rows };
  }
  return { kind: 'intact', entries };
}

function differing(database: DatabaseSync, table: string): number {
  const count = (rows: string, others: string) =>
    Number(
      database
        .prepare(
          `SELECT count(*) AS count FROM (SELECT * FROM ${rows}.${table} EXCEPT SELECT * FROM ${others}.${table})`,
        )
        .get()?.count,
    );
  return Math.max(count('main', 'record'), count('record', 'main'));
}

function readOnly(file: string): string {
  return `file:${file.split('/').map(encodeURIComponent).join('/')}?mode=ro`;
}
