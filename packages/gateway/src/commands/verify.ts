import { Failure } from '@bailiff/contract';
import { Command } from 'commander';
import pc from 'picocolors';
import { catchUpStore } from '../stores/sqlite/maintenance.ts';
import { openStore, type StoreOptions, storeFile, withStoreOptions } from './record/store.ts';

/** `bailiff verify`: follows the chain of the whole record. Exit code 1 when it is broken. */
export function verifyCommand(): Command {
  return withStoreOptions(
    new Command('verify').description(
      'Follow the hash chain of the whole record and name the first bad entry.',
    ),
  )
    .option('--reindex', 'make all indexes again from the record afterwards; no gateway may be running')
    .option('--json', 'print the result as JSON')
    .action(
      async ({
        reindex,
        json,
        ...store
      }: StoreOptions & { readonly reindex?: true; readonly json?: true }) => {
        const intact = await verify(store, json ?? false);
        process.exitCode = intact ? 0 : 1;
        if (reindex && intact) await makeIndexesAgain(store);
      },
    );
}

async function verify(store: StoreOptions, json: boolean): Promise<boolean> {
  await using reader = await openStore(store);
  const shown = process.stderr.isTTY && !json;
  const verification = await reader.verify((entries) => {
    if (shown) process.stderr.write(`\r${entries} entries followed `);
  }, new AbortController().signal);
  if (shown) process.stderr.write('\r');
  if (json) process.stdout.write(`${JSON.stringify(verification, null, 2)}\n`);
  else if (verification.kind === 'broken') {
    process.stdout.write(`${pc.red('✗ broken')} at entry ${verification.seq}: ${verification.detail}\n`);
  } else {
    process.stdout.write(
      `${pc.green('✓ intact')}: ${verification.entries} entries, the last with hash ${verification.head}\n` +
        pc.dim('Note the hash elsewhere: entries cut off at the end cannot be seen without it.\n'),
    );
  }
  return verification.kind === 'intact';
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
