import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '@bailiff/contract';
import { Command } from 'commander';
import { type BundleOutcome, placeOf, print } from '../../bundle/outcome.ts';
import { FOLDER, policyFolder } from '../policy-folder.ts';
import { hooksFolderOf, repositoryOf } from '../repository.ts';
import { hookLines, hookScript, isMadeHere } from './hook-script.ts';

/** The launcher of this checkout. */
const BAILIFF = fileURLToPath(new URL('../../../../../../bailiff', import.meta.url));

/** `bailiff policy hook`: policy is checked before it is committed. */
export function hookCommand(): Command {
  return new Command('hook')
    .description(
      'Make a pre-commit hook of git’s that formats, checks and tests the policy as it is staged. Prints its lines, to be put into a hook that there is.',
    )
    .argument('[dir]', FOLDER)
    .option(
      '--write',
      'make it the hook of the repository that the folder lies in; one that somebody else made is left alone',
    )
    .action(async (dir: string | undefined, { write }: { readonly write?: true }) =>
      print(await policyHook(dir, { write })),
    );
}

/** Prints or installs the hook of a folder. @throws Failure where it lies in no repository, another hook is in the way, or its hooks are not its own. */
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
  const hook = { bailiff: BAILIFF, folder };
  if (write === undefined) return { exitCode: 0, out: hookLines(hook), error: '' };
  const file = join(await hooksFolderOf(repository), 'pre-commit');
  const place = placeOf('', file);
  if (existsSync(file) && !isMadeHere(await readFile(file, 'utf8')))
    throw new Failure(
      'bad_request',
      `${place} is there, and is not as \`./bailiff policy hook --write\` makes it. Put the lines into it that \`./bailiff policy hook\` prints; they leave the rest of it as it is.`,
    );
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, hookScript(hook));
  await chmod(file, 0o755);
  return { exitCode: 0, out: `wrote ${place}: commits that change ${folder} are checked\n`, error: '' };
}
