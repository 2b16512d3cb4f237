/**
 * The thread that moves what was committed from the write-ahead log into the main file, so that no commit has to wait
 * for it.
 */
import { accessSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

const { file } = workerData as { readonly file: string };
accessSync(file); // SQLite would make the file that it does not find.
const database = new DatabaseSync(file);
database.exec('PRAGMA synchronous = FULL');
const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');

parentPort?.on('message', () => {
  checkpoint.get();
  parentPort?.postMessage('done');
});
