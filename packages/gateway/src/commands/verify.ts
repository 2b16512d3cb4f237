import { Failure } from '@bailiff/contract';
import { Command } from 'commander';
import pc from 'picocolors';
import type { Verification } from '../record/reader.ts';
import { checkIndex, type IndexCheck } from '../stores/sqlite/index/check.ts';
import { catchUpStore } from '../stores/sqlite/maintenance.ts';
import { openStore, type StoreOptions, storeFile, withStoreOptions } from './record/store.ts';

interface VerifyOptions extends StoreOptions {
  readonly index: boolean;
  readonly reindex?: true;
  readonly json?: true;
}

/** `bailiff verify`: follows the chain of the whole record. Exit code 1 when it is broken, or its index differs. */
export function verifyCommand(): Command {
  return withStoreOptions(
    new Command('verify').description(
      'Follow the hash chain of the whole record and name the first bad entry; compare its index with it.',
    ),
  )
    .option('--no-index', 'do not make the index again to compare it, which takes most of the time')
    .option('--reindex', 'make all indexes again from the record instead; no gateway may be running')
    .option('--json', 'print the result as JSON')
    .action(async (options: VerifyOptions) => {
      const { reindex, index, json, ...store } = options;
      const verification = await verify(store, json ?? false);
      const intact = verification.kind === 'intact';
      const checked = intact && index && !reindex ? checkIndex(await storeFile(store), progress(json)) : null;
      if (json) process.stdout.write(`${JSON.stringify({ ...verification, index: checked }, null, 2)}\n`);
      else
        process.stdout.write(tellVerification(verification) + (checked === null ? '' : tellIndex(checked)));
      process.exitCode = intact && checked?.kind !== 'differs' ? 0 : 1;
      if (reindex && intact) await makeIndexesAgain(store);
    });
}

async function verify(store: StoreOptions, json: boolean): Promise<Verification> {
  await using reader = await openStore(store);
  return await reader.verify(progress(json), new AbortController().signal);
}

/** Tells a person at a terminal how far it is. */
function progress(json: boolean | undefined): (entries: number) => void {
  if (!process.stderr.isTTY || json) return () => {};
  return (entries) => process.stderr.write(`\r${entries} entries \r`);
}

function tellVerification(verification: Verification): string {
  if (verification.kind === 'broken')
    return `${pc.red('✗ broken')} at entry ${verification.seq}: ${verification.detail}\n`;
  return (
    `${pc.green('✓ intact')}: ${verification.entries} entries, the last with hash ${verification.head}\n` +
    pc.dim('Note the hash elsewhere: entries cut off at the end cannot be seen without it.\n')
  );
}

function tellIndex(checked: IndexCheck): string {
  if (checked.kind === 'intact')
    return `${pc.green('✓ intact')}: the index, which lists, searches and counts read, is what ${checked.entries} entries give\n`;
  return (
    `${pc.red('✗ index differs')} from the entries in ${checked.rows} rows of ${checked.table}: lists, searches and counts ` +
    'may be wrong, the entries are not. Stop the gateway and run: bailiff verify --reindex\n'
  );
}

async function makeIndexesAgain(store: StoreOptions): Promise<void> {
  if (catchUpStore(await storeFile(store), { rebuild: true }) === 'owned_elsewhere') {
    throw new Failure(
      'record_unavailable',
      'A gateway writes to this record. Stop it to make the indexes again.',
    );
  }
  process.stdout.write('All indexes were made again.\n');
}
