import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '@bailiff/contract';
import { Command } from 'commander';
import { type BundleOutcome, placeOf, print } from '../../bundle/outcome.ts';
import { FOLDER, policyFolder } from '../policy-folder.ts';
import { hooksFolderOf, repositoryOf } from '../repository.ts';
import { HOOK_MARK, hookScript } from './hook-script.ts';

/** The launcher of this checkout. */
const BAILIFF = fileURLToPath(new URL('../../../../../../bailiff', import.meta.url));

/** `bailiff policy hook`: policy is checked before it is committed. */
export function hookCommand(): Command {
  return new Command('hook')
    .description(
      'Make a pre-commit hook of git’s that formats, checks and tests the policy as it is staged. Prints it.',
    )
    .argument('[dir]', FOLDER)
    .option(
      '--write',
      'put it into the repository of the folder; a hook that somebody else made is left alone',
    )
    .action(async (dir: string | undefined, { write }: { readonly write?: true }) =>
      print(await policyHook(dir, { write })),
    );
}

/** Prints or installs the hook of a folder. @throws Failure where it lies in no repository, or another hook is in the way. */
export async function policyHook(
  dir: string | undefined,
  { write }: { readonly write?: true | undefined },
): Promise<BundleOutcome> {
  const directory = await policyFolder(dir);
  const repository = await repositoryOf(directory);
  if (repository === undefined)
    throw new Failure('configuration_invalid', `${placeOf('', directory)} is in no git repository.`);
  const folder =
    relative(repository.root, await realpath(directory))
      .split(sep)
      .join('/') || '.';
  const script = hookScript({ bailiff: BAILIFF, folder });
  if (write === undefined) return { exitCode: 0, out: script, error: '' };
  const file = join(resolve(repository.root, await hooksFolderOf(repository)), 'pre-commit');
  const place = placeOf('', file);
  if (existsSync(file) && !(await readFile(file, 'utf8')).includes(HOOK_MARK))
    throw new Failure(
      'bad_request',
      `${place} is there, and was made by somebody else. Add the lines that \`./bailiff policy hook\` prints to it.`,
    );
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, script);
  await chmod(file, 0o755);
  return { exitCode: 0, out: `wrote ${place}: commits that change ${folder} are checked\n`, error: '' };
}
