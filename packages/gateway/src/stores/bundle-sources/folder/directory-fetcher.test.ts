import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fetched } from '../../../distribution/delivery/bundle-fetcher.ts';
import { jwsOf, sampleBundle, writeBundle } from '../testing/sample-bundle.ts';
import { DirectoryFetcher, type DirectoryOrigin } from './directory-fetcher.ts';

const { signal } = new AbortController();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-directory-'));
  await writeBundle(folder, { 'b/bundle.yaml': 'version: 1.0.0\n', 'b/deep/x.rego': 'package x\n' });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const fetcherOf = (path = 'b', more: Partial<DirectoryOrigin> = {}) =>
  new DirectoryFetcher(
    {
      kind: 'directory',
      path,
      cadence_seconds: 30,
      size_limit_bytes: 65_536,
      local_development: false,
      ...more,
    },
    folder,
  );
const versionOf = (fetched: Fetched) => (fetched.kind === 'found' ? fetched.version : fetched.kind);
const namesOf = (fetched: Fetched) =>
  fetched.kind === 'found' && fetched.content.kind === 'files'
    ? [...fetched.content.files.keys()].sort()
    : fetched;

test('a folder gives its files, and what OPA keeps hidden beside them; approvals come apart', async () => {
  const approval = jwsOf({ approver: 'ann' });
  await writeBundle(join(folder, 'b'), {
    '.manifest': '{}',
    '.signatures.json': '{}',
    '.git/config': '',
    '.swp': '',
    '.approvals.json': JSON.stringify([approval]),
  });
  await using fetcher = fetcherOf();
  const fetched = await fetcher.fetch(undefined, signal);
  expect(namesOf(fetched)).toEqual(['.manifest', '.signatures.json', 'bundle.yaml', 'deep/x.rego']);
  expect(fetched).toMatchObject({ approvals: [approval] });
  expect(await fetcher.fetch(versionOf(fetched), signal)).toEqual({ kind: 'unchanged' });
  await writeFile(join(folder, 'b/.approvals.json'), '[]');
  expect(await fetcher.fetch(versionOf(fetched), signal)).toMatchObject({ kind: 'found', approvals: [] });
});

test('a bundle file gives its bytes, with the approvals beside it', async () => {
  const bundle = await sampleBundle('hello');
  const approval = jwsOf({ approver: 'ann' });
  await writeFile(join(folder, 'x.tar.gz'), bundle);
  await writeFile(join(folder, 'x.tar.gz.approvals.json'), JSON.stringify([approval]));
  await using fetcher = fetcherOf('x.tar.gz');
  const fetched = await fetcher.fetch(undefined, signal);
  expect(fetched).toMatchObject({ content: { kind: 'archive', bytes: bundle }, approvals: [approval] });
  expect(await fetcher.fetch(versionOf(fetched), signal)).toEqual({ kind: 'unchanged' });
});

describe('a change is told', () => {
  test('of a file deep in a folder, of a new one, and of one written while it was being read', async () => {
    await using fetcher = fetcherOf();
    let known = versionOf(await fetcher.fetch(undefined, signal));
    for (const path of ['deep/x.rego', 'deep/y.rego', 'new/z.rego']) {
      const told = fetcher.whenChanged(signal);
      await writeBundle(join(folder, 'b'), { [path]: `package z\n# ${path}\n` });
      await told;
      const fetched = await fetcher.fetch(known, signal);
      expect(fetched.kind).toBe('found');
      known = versionOf(fetched);
    }
    await writeFile(join(folder, 'b/between.rego'), 'package between\n');
    await fetcher.whenChanged(signal);
  });

  test('of a bundle file that another was put in the place of', async () => {
    await writeFile(join(folder, 'x.tar.gz'), 'one');
    await using fetcher = fetcherOf('x.tar.gz');
    await fetcher.fetch(undefined, signal);
    const told = fetcher.whenChanged(signal);
    await writeFile(join(folder, 'draft'), 'two');
    await rename(join(folder, 'draft'), join(folder, 'x.tar.gz'));
    await told;
  });

  test('until it is no longer waited for', async () => {
    await using fetcher = fetcherOf();
    await fetcher.fetch(undefined, signal);
    const over = new AbortController();
    const told = fetcher.whenChanged(over.signal);
    const reason = new Error('over');
    over.abort(reason);
    await expect(told).rejects.toBe(reason);
  });
});

test('files are read through links within the folder, as Kubernetes mounts them', async () => {
  await writeBundle(folder, { 'm/..2026/x.rego': 'package x\n', 'm/..2026/.approvals.json': '[]' });
  await symlink('..2026', join(folder, 'm/..data'));
  await symlink('..data/x.rego', join(folder, 'm/x.rego'));
  await symlink('..data/.approvals.json', join(folder, 'm/.approvals.json'));
  await using fetcher = fetcherOf('m');
  expect(namesOf(await fetcher.fetch(undefined, signal))).toEqual(['x.rego']);
});

describe('what is refused', () => {
  const failing = async (path = 'b', more: Partial<DirectoryOrigin> = {}) => {
    await using fetcher = fetcherOf(path, more);
    return await fetcher.fetch(undefined, signal).then(
      () => 'fetched',
      (thrown) => `${thrown.code}: ${thrown.detail}`,
    );
  };

  test('a link out of the folder, of a file, a folder or the approvals', async () => {
    await writeFile(join(folder, 'secret'), '["a.b.c"]');
    for (const name of ['leak.json', 'deep/leak.json', '.approvals.json']) {
      await symlink(join(folder, 'secret'), join(folder, 'b', name));
      expect(await failing()).toBe(
        `bundle_unavailable: ${name} is a symbolic link out of the folder. Put the file itself there, or take the link away.`,
      );
      await rm(join(folder, 'b', name));
    }
    await symlink('/etc', join(folder, 'b/etc'));
    expect(await failing()).toMatch('etc is a symbolic link out of the folder');
  });

  test('a folder that links to itself, without end', async () => {
    await symlink('.', join(folder, 'b/again'));
    expect(await failing()).toMatch(/nested more than|more than 500/);
  });

  test('too many bytes in all, whatever each has', async () => {
    await writeBundle(join(folder, 'b'), { 'one.json': 'x'.repeat(40_000), 'two.json': 'x'.repeat(40_000) });
    expect(await failing()).toMatch('more than 65536 bytes');
    await writeFile(join(folder, 'x.tar.gz'), 'x'.repeat(70_000));
    expect(await failing('x.tar.gz')).toMatch('more than 65536 bytes');
  });

  test('too many files, and too many folders without any', async () => {
    for (let index = 0; index < 501; index++) await writeBundle(folder, { [`many/f${index}`]: '' });
    expect(await failing('many')).toMatch('more than 500 files');
    for (let index = 0; index < 1_001; index++)
      await mkdir(join(folder, `empty/f${index}`), { recursive: true });
    expect(await failing('empty')).toMatch('more than 500 files');
  });

  test('a pipe, which is not waited for', async () => {
    await promisify(execFile)('mkfifo', [join(folder, 'b/pipe')]);
    expect(await failing()).toMatch('pipe is no plain file');
  });

  test('a folder that is empty, and one that is not there', async () => {
    await mkdir(join(folder, 'empty'));
    expect(await failing('empty')).toMatch('Put the bundle’s files there');
    expect(await failing('absent')).toMatch('There is no absent.');
  });

  test('approvals that cannot be read, instead of taking them for none', async () => {
    await writeFile(join(folder, 'b/.approvals.json'), '{"a":1}');
    expect(await failing()).toMatch('no list of approvals');
  });
});

test('a folder that comes later is found, and watched from then on', async () => {
  await using fetcher = fetcherOf('later');
  await expect(fetcher.fetch(undefined, signal)).rejects.toMatchObject({ code: 'bundle_unavailable' });
  await writeBundle(folder, { 'later/x.rego': 'package x\n' });
  const fetched = await fetcher.fetch(undefined, signal);
  expect(namesOf(fetched)).toEqual(['x.rego']);
  const told = fetcher.whenChanged(signal);
  await writeBundle(folder, { 'later/y.rego': 'package y\n' });
  await told;
});
