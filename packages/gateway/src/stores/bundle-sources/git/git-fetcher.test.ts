import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Fetched } from '../../../distribution/delivery/bundle-fetcher.ts';
import { jwsOf, writeBundle } from '../testing/sample-bundle.ts';
import { serve } from '../testing/serve.ts';
import type { GitOrigin } from './git-address.ts';
import { GitFetcher, type GitFetcherOptions } from './git-fetcher.ts';

const { signal } = new AbortController();
let template: string;
let folder: string;
let work: string;
let bare: string;
/** Made once: each test has a copy of it. */
beforeAll(async () => {
  template = folder = await mkdtemp(join(tmpdir(), 'bailiff-git-template-'));
  work = join(folder, 'work');
  bare = join(folder, 'bare.git');
  await run(folder, 'init', '--bare', '--quiet', '--initial-branch=main', bare);
  await run(folder, 'clone', '--quiet', bare, work);
  await run(work, 'remote', 'set-url', 'origin', '../bare.git');
  await commit({ 'policies/greeting/greeting.rego': 'package greeting\n', 'README.md': 'No policy.\n' });
});
afterAll(() => rm(template, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-git-'));
  work = join(folder, 'work');
  bare = join(folder, 'bare.git');
  await cp(template, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(cwd: string, ...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main'];
  const { stdout } = await promisify(execFile)('git', [...identity, ...args], { cwd });
  return stdout.trim();
}

/** Commits files and pushes them; the commit. */
async function commit(files: Readonly<Record<string, string>>): Promise<string> {
  await writeBundle(work, files);
  await run(work, 'add', '--all');
  await run(work, 'commit', '--quiet', '--message', 'x');
  await run(work, 'push', '--quiet', 'origin', 'HEAD:main');
  return await run(work, 'rev-parse', 'HEAD');
}

const fetcherOf = (origin: Partial<GitOrigin> = {}, options: Partial<GitFetcherOptions> = {}) =>
  new GitFetcher(
    {
      kind: 'git',
      repository: 'bare.git',
      ref: 'main',
      path: 'policies/greeting',
      cadence_seconds: 30,
      size_limit_bytes: 65_536,
      local_development: false,
      ...origin,
    },
    {
      directory: folder,
      mirror: join(folder, 'data', 'sources', 'x.git'),
      environment: process.env,
      ...options,
    },
  );
const textsOf = (fetched: Fetched) => {
  if (fetched.kind !== 'found' || fetched.content.kind !== 'files') throw new Error(fetched.kind);
  return Object.fromEntries(
    [...fetched.content.files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]),
  );
};

test('a folder of a branch is fetched at its newest commit, and again only when the branch moves', async () => {
  const first = await run(work, 'rev-parse', 'HEAD');
  await using fetcher = fetcherOf();
  const fetched = await fetcher.fetch(undefined, signal);
  expect(fetched).toMatchObject({ version: first, approvals: [] });
  expect(textsOf(fetched)).toEqual({ 'greeting.rego': 'package greeting\n' });
  expect(await fetcher.fetch(first, signal)).toEqual({ kind: 'unchanged' });
  const binary = 'package greeting\n\n# ü\0\n';
  const second = await commit({
    'policies/greeting/greeting.rego': binary,
    'policies/greeting/a/b.json': '',
  });
  const again = await fetcher.fetch(first, signal);
  expect(again).toMatchObject({ version: second });
  expect(textsOf(again)).toEqual({ 'greeting.rego': binary, 'a/b.json': '' });
  await using restarted = fetcherOf();
  expect(await restarted.fetch(second, signal)).toEqual({ kind: 'unchanged' });
});

test('a tag, a commit and HEAD are fetched, and a commit that is known asks nobody', async () => {
  const first = await run(work, 'rev-parse', 'HEAD');
  await run(work, 'tag', '--annotate', '--message', 'one', 'v1');
  await run(work, 'push', '--quiet', 'origin', 'v1');
  const second = await commit({ 'policies/greeting/more.rego': 'package greeting.more\n' });
  const at = async (ref: string, known?: string) => {
    await using fetcher = fetcherOf({ ref });
    const fetched = await fetcher.fetch(known, signal);
    return fetched.kind === 'found' ? fetched.version : fetched.kind;
  };
  expect(await at('v1')).toBe(first);
  expect(await at('v1', first)).toBe('unchanged');
  expect(await at('refs/tags/v1')).toBe(first);
  expect(await at(first)).toBe(first);
  expect(await at('HEAD')).toBe(second);
  await rm(bare, { recursive: true });
  expect(await at(first, first)).toBe('unchanged');
});

test('a branch that was rewritten is followed', async () => {
  await using fetcher = fetcherOf();
  const fetched = await fetcher.fetch(undefined, signal);
  await run(work, 'commit', '--quiet', '--amend', '--message', 'another');
  await run(work, 'push', '--quiet', '--force', 'origin', 'HEAD:main');
  const now = await run(work, 'rev-parse', 'HEAD');
  expect(await fetcher.fetch(fetched.kind === 'found' ? fetched.version : '', signal)).toMatchObject({
    version: now,
  });
});

test('a name that is both a branch and a tag is not guessed at', async () => {
  await run(work, 'tag', 'main');
  await run(work, 'push', '--quiet', 'origin', 'refs/tags/main');
  await using ambiguous = fetcherOf();
  await expect(ambiguous.fetch(undefined, signal)).rejects.toThrow('both a branch and a tag');
  await using plain = fetcherOf({ ref: 'refs/heads/main' });
  expect((await plain.fetch(undefined, signal)).kind).toBe('found');
});

test('hidden files stay out, but for those that OPA keeps its own in, and approvals come beside', async () => {
  const approval = jwsOf({ approver: 'ann' });
  await commit({
    'policies/greeting/.manifest': '{}',
    'policies/greeting/.signatures.json': '{"signatures":[]}',
    'policies/greeting/.approvals.json': JSON.stringify([approval]),
    'policies/greeting/.hidden/x.rego': 'package x\n',
  });
  await using fetcher = fetcherOf();
  const fetched = await fetcher.fetch(undefined, signal);
  expect(Object.keys(textsOf(fetched)).sort()).toEqual(['.manifest', '.signatures.json', 'greeting.rego']);
  expect(fetched).toMatchObject({ approvals: [approval] });
});

describe('what is refused', () => {
  const failing = async (origin: Partial<GitOrigin> = {}, options: Partial<GitFetcherOptions> = {}) => {
    await using fetcher = fetcherOf(origin, options);
    return await fetcher.fetch(undefined, signal).then(
      () => 'fetched',
      (thrown) => `${thrown.code}: ${thrown.detail}`,
    );
  };

  test('a symbolic link, wherever it leads', async () => {
    await symlink('/etc/passwd', join(work, 'policies/greeting/data.json'));
    await commit({});
    expect(await failing()).toMatch('bundle_unavailable: data.json is a symbolic link.');
  });

  test('a submodule', async () => {
    const head = await run(work, 'rev-parse', 'HEAD');
    await run(work, 'update-index', '--add', '--cacheinfo', `160000,${head},policies/greeting/sub`);
    await run(work, 'commit', '--quiet', '--message', 'x');
    await run(work, 'push', '--quiet', 'origin', 'HEAD:main');
    expect(await failing()).toMatch('sub is a submodule.');
  });

  test('too many bytes, and too many files', async () => {
    await commit({ 'policies/greeting/data.json': JSON.stringify('x'.repeat(70_000)) });
    expect(await failing()).toMatch('more than 65536 bytes');
    const names = Array.from({ length: 501 }, (_, index) => [`policies/many/f${index}.json`, '{}'] as const);
    await commit(Object.fromEntries(names));
    expect(await failing({ path: 'policies/many' })).toMatch('more than 500 files');
  });

  test('a repository that is larger than its mirror may be, of which nothing stays', async () => {
    const noise = Array.from({ length: 200_000 }, () => Math.random().toString(36)).join('');
    await commit({ 'noise.txt': noise });
    const mirror = join(folder, 'data', 'm.git');
    await using fetcher = fetcherOf({}, { mirror, mirrorBytesMax: 1_000 });
    const outcome = await fetcher.fetch(undefined, signal).then(
      () => 'fetched',
      (thrown) => thrown.detail,
    );
    // A fetch may be over before it is measured; then the mirror is made anew before the next.
    if (outcome !== 'fetched') expect(outcome).toMatch('more than 1000 bytes');
    await using next = fetcherOf({ ref: 'gone' }, { mirror, mirrorBytesMax: 1_000 });
    await expect(next.fetch(undefined, signal)).rejects.toThrow('no branch or tag gone');
    const packs = await readdir(join(mirror, 'objects', 'pack')).catch(() => []);
    expect(packs).toEqual([]);
  });

  test('a branch, a commit, a folder and a repository that are not there, each with what to do', async () => {
    expect(await failing({ ref: 'absent' })).toMatch('correct the source’s `ref`');
    expect(await failing({ ref: '0'.repeat(40) })).toMatch('Name a branch or tag');
    expect(await failing({ path: 'absent' })).toMatch('correct the source’s `path`'.replace('c', 'C'));
    expect(await failing({ repository: 'absent.git' })).toMatch('Correct the address of the repository');
    expect(await failing({}, { environment: { PATH: '/nowhere' } })).toMatch('Install git');
  });

  test('what would be an option or a program to git, before git is run', async () => {
    const environment = { PATH: '/nowhere' };
    expect(await failing({ repository: '--upload-pack=x' }, { environment })).toMatch(
      '`repository` is no address',
    );
    expect(await failing({ ref: '--upload-pack=x' }, { environment })).toMatch(
      'names no branch, tag or commit',
    );
    expect(await failing({ path: '../x' }, { environment })).toMatch('no folder within the repository');
  });
});

test('no hook and no program of a repository’s or of the user’s settings runs', async () => {
  const home = join(folder, 'home');
  await mkdir(home);
  const hook = join(folder, 'hook.sh');
  await writeFile(hook, `#!/bin/sh\ntouch ${join(folder, 'ran')}\n`);
  await chmod(hook, 0o755);
  for (const name of ['post-checkout', 'reference-transaction', 'post-merge', 'pre-receive']) {
    await mkdir(join(home, 'hooks'), { recursive: true });
    await writeFile(join(home, 'hooks', name), await readFile(hook), { mode: 0o755 });
    await writeFile(join(bare, 'hooks', name), await readFile(hook), { mode: 0o755 });
  }
  await writeFile(
    join(home, '.gitconfig'),
    `[core]\n\thooksPath = ${join(home, 'hooks')}\n\tfsmonitor = ${hook}\n`,
  );
  await using fetcher = fetcherOf({}, { environment: { PATH: process.env.PATH, HOME: home } });
  expect((await fetcher.fetch(undefined, signal)).kind).toBe('found');
  expect(await readdir(folder)).not.toContain('ran');
});

test('a service that hangs is left with everything that git started', async () => {
  await using hanging = await serve(() => undefined);
  await using fetcher = fetcherOf({ repository: `http://${hanging.host}/x.git` });
  const over = new AbortController();
  const fetching = fetcher.fetch(undefined, over.signal);
  await expect.poll(() => hanging.asked.length).toBe(1);
  const late = new Error('late');
  over.abort(late);
  await expect(fetching).rejects.toBe(late);
});

test('a service that redirects is not followed', async () => {
  await using target = await serve((_request, response) => response.end());
  await using leading = await serve((request, response) =>
    response.writeHead(302, { location: `http://${target.host}${request.url}` }).end(),
  );
  await using fetcher = fetcherOf({ repository: `http://${leading.host}/x.git` });
  await expect(fetcher.fetch(undefined, signal)).rejects.toMatchObject({ code: 'bundle_unavailable' });
  expect(target.asked).toEqual([]);
});

test('what an ended run left behind keeps no later one from working', async () => {
  const mirror = join(folder, 'data', 'sources', 'x.git');
  await using fetcher = fetcherOf();
  await fetcher.fetch(undefined, signal);
  await writeFile(join(mirror, 'shallow.lock'), '');
  const second = await commit({ 'policies/greeting/more.rego': 'package greeting.more\n' });
  expect(await fetcher.fetch(undefined, signal)).toMatchObject({ version: second });
  await rm(join(mirror, 'objects'), { recursive: true });
  const third = await commit({ 'policies/greeting/third.rego': 'package greeting.third\n' });
  await fetcher.fetch(second, signal).catch(() => undefined);
  expect(await fetcher.fetch(second, signal)).toMatchObject({ version: third });
});
