import { access, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundleFetcher, Fetched } from '../../../distribution/delivery/bundle-fetcher.ts';
import { APPROVALS_FILE } from '../../../distribution/sources/bundle-files.ts';
import { approvalsFrom } from '../approvals.ts';
import type { Environment } from '../secret-of.ts';
import { failureFrom, unavailable } from '../unavailable.ts';
import {
  type GitAddress,
  type GitOrigin,
  type GitWanted,
  gitAddressOf,
  gitFolderOf,
  gitWantedOf,
} from './git-address.ts';
import { type GitRun, runGit } from './git-command.ts';
import { bundleFilesOf, type GitFile, gitContentsOf, gitFilesOf } from './git-tree.ts';

export interface GitFetcherOptions {
  /** Folder of `release.yaml`. */
  readonly directory: string;
  /** The bare repository that is kept of what was fetched. Whatever is there is its own. */
  readonly mirror: string;
  readonly environment: Environment;
  /** Most bytes that the mirror may grow to. */
  readonly mirrorBytesMax?: number;
}

/** A repository has more than the bundle: so many bytes, packed, of one commit of it. */
const MIRROR_BYTES_MAX = 536_870_912;
/** Past this share of it the mirror is made anew before the next fetch: nothing takes old commits out. */
const RENEWED_AT = 0.5;
const MEASURE_EVERY_MS = 500;
const LISTING_BYTES_MAX = 4_194_304;
const FETCHED_REF = 'refs/bailiff/fetched';
const LOCKS = ['shallow.lock', 'config.lock', 'packed-refs.lock', `${FETCHED_REF}.lock`];

interface Reach {
  readonly address: GitAddress;
  readonly signal: AbortSignal;
}

/** A bundle from a folder of a git repository, at a branch, tag or commit. Its version is the commit. */
export class GitFetcher implements BundleFetcher {
  readonly described: string;
  readonly #origin: GitOrigin;
  readonly #options: GitFetcherOptions;
  readonly #mirrorBytesMax: number;

  constructor(origin: GitOrigin, options: GitFetcherOptions) {
    this.#origin = origin;
    this.#options = options;
    this.#mirrorBytesMax = options.mirrorBytesMax ?? MIRROR_BYTES_MAX;
    const address = origin.repository.replace(/(:\/\/)[^/@]*@/, '$1');
    this.described = `git ${address} at ${origin.ref}${origin.path === '' ? '' : `, folder ${origin.path}`}`;
  }

  async fetch(known: string | undefined, signal: AbortSignal): Promise<Fetched> {
    try {
      const wanted = gitWantedOf(this.#origin.ref);
      const folder = gitFolderOf(this.#origin.path);
      const address = gitAddressOf(this.#origin.repository, this.#options.directory);
      // A commit is what it is for ever: there is nothing to ask.
      if (wanted.kind === 'commit' && wanted.commit === known) return { kind: 'unchanged' };
      await this.#makeMirror(signal);
      const there =
        wanted.kind === 'commit' ? wanted.commit : await this.#resolve(wanted, { address, signal });
      const commitThere = typeof there === 'string' ? there : there.commit;
      if (commitThere === known) return { kind: 'unchanged' };
      return await this.#anew(async () => {
        const commit = await this.#bring(typeof there === 'string' ? there : there.name, { address, signal });
        return { kind: 'found', version: commit, ...(await this.#read(`${commit}:${folder}`, signal)) };
      });
    } catch (thrown) {
      throw failureFrom(thrown, signal, (reason) =>
        unavailable(`git cannot be used: ${reason}`, 'See that the data folder can be written and git runs.'),
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Each run of git ends with the look that it belongs to.
  }

  /** What fails in the mirror may fail because of it: the next look begins without one. */
  async #anew<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (thrown) {
      await rm(this.#options.mirror, { recursive: true, force: true });
      throw thrown;
    }
  }

  /** The one name of those asked for that the repository has, and its commit. */
  async #resolve({ names }: Extract<GitWanted, { kind: 'names' }>, { address, signal }: Reach) {
    const { repository, protocol } = address;
    const patterns = names.flatMap((name) => (name === 'HEAD' ? [name] : [name, `${name}^{}`]));
    const run = { ...this.#run(LISTING_BYTES_MAX, signal), protocol };
    const listing = await runGit(run, ['ls-remote', '--quiet', '--', repository, ...patterns]);
    const commits = new Map(
      listing
        .toString()
        .split('\n')
        .map((row) => row.split('\t'))
        .map(([commit = '', name = '']) => [name, commit] as const),
    );
    const [found, second] = names.filter((name) => commits.has(name));
    const { ref } = this.#origin;
    if (found === undefined)
      throw unavailable(
        `The repository has no branch or tag ${ref}.`,
        'Push it, or correct the source’s `ref`.',
      );
    if (second !== undefined)
      throw unavailable(
        `${ref} is both a branch and a tag.`,
        `Write \`ref: ${found}\` or \`ref: ${second}\`, whichever is meant.`,
      );
    return { name: found, commit: commits.get(`${found}^{}`) ?? commits.get(found) ?? '' };
  }

  async #makeMirror(signal: AbortSignal): Promise<void> {
    const { mirror } = this.#options;
    const isLarge = (await sizeOf(mirror)) > this.#mirrorBytesMax * RENEWED_AT;
    if (isLarge || !(await exists(join(mirror, 'HEAD')))) {
      await rm(mirror, { recursive: true, force: true });
      const run = this.#run(LISTING_BYTES_MAX, signal);
      await runGit(run, ['init', '--bare', '--quiet', '--template=']);
    }
    // What an ended run left behind would keep every later one from writing.
    for (const lock of LOCKS) await rm(join(mirror, lock), { force: true });
  }

  /** Fetches one commit, without what was before it, and gives its id. */
  async #bring(what: string, { address, signal }: Reach): Promise<string> {
    const { repository, protocol } = address;
    const run = this.#run(LISTING_BYTES_MAX, signal);
    const args = [
      'fetch',
      '--quiet',
      '--depth=1',
      '--no-tags',
      '--force',
      '--no-write-fetch-head',
      '--no-auto-gc',
    ];
    const refspec = `+${what}:${FETCHED_REF}`;
    await this.#measured(signal, (within) =>
      runGit({ ...run, protocol, signal: within }, [...args, '--', repository, refspec]),
    );
    const parsed = await runGit(run, ['rev-parse', '--verify', '--quiet', `${FETCHED_REF}^{commit}`]);
    return parsed.toString().trim();
  }

  /** Ends the work once the mirror has more bytes than it may. */
  async #measured(signal: AbortSignal, work: (within: AbortSignal) => Promise<unknown>): Promise<void> {
    const over = new AbortController();
    const tooMuch = unavailable(
      `One commit of the repository has more than ${this.#mirrorBytesMax} bytes.`,
      'Keep policy in a repository of its own, or publish the bundle to a registry.',
    );
    const measuring = setInterval(() => {
      sizeOf(this.#options.mirror).then(
        (bytes) => bytes > this.#mirrorBytesMax && over.abort(tooMuch),
        () => undefined, // it is measured again
      );
    }, MEASURE_EVERY_MS);
    try {
      await work(AbortSignal.any([signal, over.signal]));
    } finally {
      clearInterval(measuring);
    }
  }

  /** What lies at a tree of the mirror. */
  async #read(tree: string, signal: AbortSignal) {
    const bytesMax = this.#origin.size_limit_bytes;
    const run = this.#run(LISTING_BYTES_MAX, signal);
    const listing = await runGit(run, ['ls-tree', '-r', '-z', '-l', '--full-tree', tree]).catch((thrown) => {
      if (signal.aborted) throw signal.reason;
      throw unavailable(
        `The commit has no folder ${this.#origin.path}.`,
        'Correct the source’s `path`, or push the folder.',
        thrown,
      );
    });
    const { files, approvals } = gitFilesOf(listing.toString(), bytesMax);
    if (files.length === 0) throw unavailable('The folder is empty.', 'Put the bundle’s files there.');
    const contents = await this.#contents(files, signal);
    const [list] = approvals === undefined ? [] : await this.#contents([approvals], signal);
    return {
      content: { kind: 'files', files: bundleFilesOf(files, contents) } as const,
      approvals: list === undefined ? [] : approvalsFrom(Buffer.from(list).toString(), APPROVALS_FILE),
    };
  }

  async #contents(files: readonly GitFile[], signal: AbortSignal): Promise<Uint8Array[]> {
    const bytes = files.reduce((sum, file) => sum + file.bytes + HEADER_BYTES, 0);
    const input = files.map(({ object }) => `${object}\n`).join('');
    return gitContentsOf(
      await runGit({ ...this.#run(bytes, signal), input }, ['cat-file', '--batch']),
      files,
    );
  }

  #run(bytesMax: number, signal: AbortSignal): GitRun {
    const { mirror, environment } = this.#options;
    return { mirror, environment, bytesMax, signal };
  }
}

/** What `git cat-file` prints about each object, at most. */
const HEADER_BYTES = 128;

/** Bytes of all files below a folder; 0 when there is none. */
async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
  return sizes.reduce((sum, stats) => sum + (stats?.isFile() ? stats.size : 0), 0);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
