import { join } from 'node:path';
import { Failure } from '@bailiff/contract';
import type { Command } from 'commander';
import { loadConfiguration } from '../../config.ts';
import type { DecisionReader } from '../../record/reader.ts';
import { catchUpStore } from '../../stores/sqlite/maintenance.ts';
import { openSqliteReader } from '../../stores/sqlite/reader/decision-reader.ts';
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

/**
 * The record for reading, beside a gateway or without one. Without one, what is not indexed is indexed first.
 * @throws Failure `record_unavailable` when there is none.
 */
export async function openStore(options: StoreOptions): Promise<DecisionReader> {
  const file = await storeFile(options);
  const reader = await openSqliteReader({ file }).catch((cause) => {
    throw new Failure(
      'record_unavailable',
      `There is no record at ${file}. A gateway makes one when it starts.`,
      { cause },
    );
  });
  try {
    catchUpStore(file, { rebuild: false });
  } catch {
    // A store that may not be written to is read as it is.
  }
  return reader;
}
