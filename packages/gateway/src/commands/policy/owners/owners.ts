import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { Failure, ReleaseManifest } from '@bailiff/contract';
import { Command } from 'commander';
import pc from 'picocolors';
import { leftOutOf } from '../../../distribution/review/left-out.ts';
import { readReleaseSources } from '../../../distribution/sources/read-sources.ts';
import { type BundleOutcome, outcomeOf, placeOf, print, taken } from '../../bundle/outcome.ts';
import { replaceFile } from '../../replace-file.ts';
import { placeOfPolicy, policyFolder } from '../policy-folder.ts';
import { repositoryOf, withoutLinks } from '../repository.ts';
import { changeText } from '../tell-check.ts';
import { type OwnedRelease, ownersBlock, withBlock } from './code-owners.ts';
import { type HandleOptions, handlePair, handlesOf, organisation } from './handles.ts';
import { ownedPaths } from './owned-paths.ts';

export interface OwnersOptions {
  readonly org?: string;
  readonly handle: readonly string[];
  readonly registry: readonly string[];
  readonly file?: string;
  readonly write?: true;
  readonly check?: true;
}

/** Where forges look, in their order. */
const PLACES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS'];
const FILE_BYTES_MAX = 3_145_728;

/** `bailiff policy owners`: the registry of bundles as owners of code. */
export function ownersCommand(): Command {
  const collected = (value: string, before: readonly string[]) => [...before, value];
  return new Command('owners')
    .description(
      'Make CODEOWNERS of the registry of bundles: who answers for the folder of each. Prints the lines; other lines of the file are left as they are.',
    )
    .argument(
      '[dir]',
      'folder with release.yaml (default: the policy folder of ./bailiff.yaml, else the example’s)',
    )
    .option(
      '--org <org>',
      'organisation whose teams those owners are that are no account (`@person`, `@org/team`, an address)',
    )
    .option(
      '--handle <owner=handle>',
      'account of an owner, as `ada=@ada-acme`; may be given again',
      collected,
      [],
    )
    .option(
      '--registry <owner>',
      'who answers for release.yaml, and for whatever in the folder is no bundle; may be given again',
      collected,
      [],
    )
    .option(
      '--file <file>',
      `the file (default: the first of ${PLACES.join(', ')} that there is, else the first)`,
    )
    .option('--write', 'write the lines into the file, in the place of those that were made before')
    .option(
      '--check',
      'write nothing, and end with exit code 1 where the file is not as --write would make it',
    )
    .action(async (dir: string | undefined, options: OwnersOptions) =>
      print(await policyOwners(dir, options)),
    );
}

/** Prints, checks or writes the owners of a release. @throws Failure where an owner or a path cannot be written. */
export async function policyOwners(dir: string | undefined, options: OwnersOptions): Promise<BundleOutcome> {
  const directory = await policyFolder(dir, { isRelease: true });
  const accounts: HandleOptions = {
    org: options.org === undefined ? undefined : organisation(options.org),
    handles: new Map(options.handle.map(handlePair)),
  };
  return await outcomeOf(directory, undefined, async () => {
    const { place, file, release } = await owned(directory, options, accounts);
    const block = ownersBlock(release, accounts);
    const notes = notesOn(release);
    if (options.write === undefined && options.check === undefined)
      return { exitCode: 0, out: block, error: notes };
    const before = existsSync(file) ? await readFile(file, 'utf8') : '';
    if (before.length > FILE_BYTES_MAX)
      throw new Failure('bad_request', `${place} is too long to be a file of owners.`);
    const after = withBlock(before, block);
    if (after === before) return { exitCode: 0, out: `${pc.green('up to date')} ${place}\n`, error: notes };
    if (options.write === undefined) {
      const told = changeText('would change', { file: place, before, after });
      return {
        exitCode: 1,
        out: told,
        error: `${notes}${place} is not what release.yaml says: run this with --write.\n`,
      };
    }
    await mkdir(dirname(file), { recursive: true });
    if (existsSync(file)) await replaceFile(file, after);
    else await writeFile(file, after);
    return { exitCode: 0, out: changeText('wrote', { file: place, before, after }), error: notes };
  });
}

async function owned(directory: string, options: OwnersOptions, accounts: HandleOptions) {
  const { tree, kernel, signal } = placeOfPolicy(directory, new Date());
  const manifest = taken(await tree.valid('release.yaml', ReleaseManifest)).value;
  const absent = leftOutOf(manifest);
  const sources = await readReleaseSources({ tree, kernel: { tree: kernel, path: '' }, absent }, signal);
  // The root is told without links, so the folder has to be as well: one path from the other means nothing otherwise.
  const folder = await realpath(directory);
  const root = (await repositoryOf(directory))?.root ?? folder;
  const found = PLACES.map((path) => join(root, path)).find((path) => existsSync(path));
  const file =
    options.file === undefined
      ? (found ?? join(root, PLACES[0] ?? ''))
      : await withoutLinks(resolve(options.file));
  if (!file.startsWith(`${root}${sep}`))
    throw new Failure(
      'bad_request',
      `${placeOf('', file)} is not in the repository at ${placeOf('', root)}.`,
    );
  const release: OwnedRelease = {
    folder: slashed(relative(root, folder)),
    file: slashed(relative(root, file)),
    paths: ownedPaths(sources),
    registry: handlesOf(options.registry, accounts),
  };
  return { place: placeOf('', file), file, release };
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}

/** Without an owner of the registry whoever changes it changes who answers for everything else. */
function notesOn({ registry }: OwnedRelease): string {
  if (registry.length > 0) return '';
  return `${pc.yellow('warning')} Nobody answers for release.yaml, which says who answers for the bundles: name them with --registry.\n`;
}
