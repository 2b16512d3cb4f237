import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { Failure } from '@bailiff/contract';
import { HeldFiles } from '../../distribution/sources/folder.ts';
import { type GitRun, runGit } from '../../stores/bundle-sources/git/git-command.ts';
import {
  bundleFilesOf,
  type GitFile,
  gitContentsOf,
  gitFilesOf,
} from '../../stores/bundle-sources/git/git-tree.ts';

/** A git repository that a folder lies in. */
export interface Repository {
  /** Its working tree. */
  readonly root: string;
  /** What git keeps of it. */
  readonly gitDirectory: string;
}

/** The repository that holds a folder; undefined where none does. */
export async function repositoryOf(directory: string): Promise<Repository | undefined> {
  const start = await realpath(directory);
  for (let root = start; ; root = dirname(root)) {
    const gitDirectory = await gitDirectoryIn(root);
    if (gitDirectory !== undefined) return { root, gitDirectory };
    if (dirname(root) === root) return undefined;
  }
}

/** `.git` is a folder, or in a worktree or submodule a file that names one. */
async function gitDirectoryIn(root: string): Promise<string | undefined> {
  const path = join(root, '.git');
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) return undefined;
  if (facts.isDirectory()) return path;
  const [, named] = /^gitdir: (.+)$/m.exec(await readFile(path, 'utf8')) ?? [];
  return named === undefined ? undefined : resolve(root, named);
}

const ANSWER_BYTES_MAX = 65_536;

/**
 * Where git looks for the hooks of a repository: `core.hooksPath`, else beside what git keeps. Absolute; it may not be there yet.
 * @throws Failure `configuration_invalid` where that is outside the repository, as other repositories may have the same.
 */
export async function hooksFolderOf({ root, gitDirectory }: Repository): Promise<string> {
  const signal = new AbortController().signal;
  const run: GitRun = { mirror: gitDirectory, environment: process.env, bytesMax: ANSWER_BYTES_MAX, signal };
  const asked = async (...args: readonly string[]) => (await runGit(run, args)).toString().trim();
  const kept = resolve(dirname(gitDirectory), await asked('rev-parse', '--git-common-dir'));
  const named = await hooksPathOf(asked);
  const folder = named === '' ? join(kept, 'hooks') : resolve(root, named);
  const place = await withoutLinks(folder);
  for (const own of [root, await realpath(kept)])
    if (place === own || place.startsWith(`${own}${sep}`)) return folder;
  throw new Failure(
    'configuration_invalid',
    `git looks for the hooks of this repository in ${JSON.stringify(folder)}, which is outside it: what stands there is run for other repositories too. Give it hooks of its own with \`git config --local core.hooksPath .githooks\`, or add the lines that \`./bailiff policy hook\` prints to the hook there.`,
  );
}

/** `core.hooksPath`, empty where it is not set. Each place is asked by itself: a run of git here passes the setting over. */
async function hooksPathOf(asked: (...args: readonly string[]) => Promise<string>): Promise<string> {
  for (const scope of ['--local', '--global', '--system']) {
    // It ends with an error where nothing is set.
    const path = await asked('config', scope, '--type=path', '--get', 'core.hooksPath').catch(() => '');
    if (path !== '') return path;
  }
  return '';
}

/** An absolute path with the links resolved of whatever of it is there. */
export async function withoutLinks(path: string): Promise<string> {
  const found = await realpath(path).catch(() => undefined);
  if (found !== undefined || dirname(path) === path) return found ?? path;
  return join(await withoutLinks(dirname(path)), basename(path));
}

const LISTING_BYTES_MAX = 16_777_216;
const CONTENT_BYTES_MAX = 268_435_456;
const FILES_MAX = 20_000;
/** What `git cat-file` prints about each object, at most. */
const HEADER_BYTES = 128;

/**
 * The files that a folder had at a branch, tag or commit; undefined where it was not there.
 * @throws Failure `bad_request` where there is no such thing, `bundle_unavailable` where git cannot be run.
 */
export async function filesAtRef(
  { root, gitDirectory }: Repository,
  {
    directory,
    ref,
    signal,
  }: { readonly directory: string; readonly ref: string; readonly signal: AbortSignal },
): Promise<HeldFiles | undefined> {
  const run: GitRun = {
    ...{ mirror: gitDirectory, environment: process.env, bytesMax: LISTING_BYTES_MAX, signal },
  };
  const commit = await runGit(run, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${ref}^{commit}`,
  ])
    .then((printed) => printed.toString().trim())
    .catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new Failure(
        'bad_request',
        `There is no folder, branch, tag or commit ${JSON.stringify(ref)}. A shallow clone may lack it: fetch it first.`,
        { cause },
      );
    });
  const folder = relative(root, await realpath(directory))
    .split(sep)
    .join('/');
  const listing = await runGit(run, [
    'ls-tree',
    '-r',
    '-z',
    '-l',
    '--full-tree',
    commit,
    ...(folder === '' ? [] : ['--', `${folder}/`]),
  ]);
  const { files } = gitFilesOf(withoutFolder(listing.toString(), folder), CONTENT_BYTES_MAX, FILES_MAX);
  if (files.length === 0) return undefined;
  return new HeldFiles(bundleFilesOf(files, await contentsOf(run, files)));
}

/** The listing with paths from the folder on. */
function withoutFolder(listing: string, folder: string): string {
  if (folder === '') return listing;
  return listing
    .split('\0')
    .map((row) => row.replace(`\t${folder}/`, '\t'))
    .join('\0');
}

async function contentsOf(run: GitRun, files: readonly GitFile[]): Promise<Uint8Array[]> {
  const bytesMax = files.reduce((sum, { bytes }) => sum + bytes + HEADER_BYTES, 0);
  const input = files.map(({ object }) => `${object}\n`).join('');
  return gitContentsOf(await runGit({ ...run, bytesMax, input }, ['cat-file', '--batch']), files);
}
