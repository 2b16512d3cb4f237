import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '@bailiff/contract';
import type { Command } from 'commander';
import { loadConfiguration } from '../../config.ts';
import type { DecisionReader } from '../../record/reader.ts';
import { catchUpStore } from '../../stores/sqlite/maintenance.ts';
import { openSqliteReader } from '../../stores/sqlite/reader/decision-reader.ts';
import { toldAt, troubleOf } from '../../stores/sqlite/trouble.ts';
import { defaultConfigurationFile } from '../places.ts';

/** Where a command finds the record. */
export interface StoreOptions {
  readonly config?: string;
  readonly dataDir?: string;
}

/** The options by which a command finds the record. */
export function withStoreOptions(command: Command): Command {
  return command
    .option(
      '--config <file>',
      'configuration that names data_dir (default: bailiff.yaml, else the example’s)',
    )
    .option('--data-dir <folder>', 'folder of the record, instead of the configured one');
}

/** Path of the store. @throws Failure `configuration_invalid`. */
export async function storeFile({ config, dataDir }: StoreOptions): Promise<string> {
  return join(
    dataDir ?? (await loadConfiguration(config ?? defaultConfigurationFile())).configuration.data_dir,
    'decisions.db',
  );
}

/** How every file of SQLite’s begins. */
const MAGIC = 'SQLite format 3\0';

/**
 * The record for reading, beside a gateway or without one. Without one, what is not indexed is indexed first.
 * @throws Failure `record_unavailable` when there is none, with the path and what to do.
 */
export async function openStore(options: StoreOptions): Promise<DecisionReader> {
  const file = await storeFile(options);
  refuseUnreadable(file);
  const reader = await openSqliteReader({ file });
  try {
    catchUpStore(file, { rebuild: false });
  } catch {
    // A store that may not be written to is read as it is.
  }
  return reader;
}

/** Before SQLite sees it, which takes an empty file for a new database. */
function refuseUnreadable(file: string): void {
  const problem = problemOf(file);
  if (problem !== undefined) throw new Failure('record_unavailable', problem);
}

function problemOf(file: string): string | undefined {
  try {
    if (statSync(file, { throwIfNoEntry: false }) === undefined)
      return `There is no record at ${file}. A gateway makes one when it starts; --data-dir names another folder.`;
    accessSync(file, constants.R_OK);
    const beginning = Buffer.alloc(MAGIC.length);
    const handle = openSync(file, 'r');
    try {
      if (readSync(handle, beginning) === 0)
        return `${file} is empty (0 bytes): this is no record. It was cut off, or never written; restore it from a backup.`;
    } finally {
      closeSync(handle);
    }
    return beginning.toString('latin1') === MAGIC ? undefined : `${file} is no record: it is no database.`;
  } catch (thrown) {
    return toldAt(file, troubleOf(thrown));
  }
}
