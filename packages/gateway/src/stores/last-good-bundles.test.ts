import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LastGoodCopy } from '../distribution/delivery/followed-source.ts';
import { LastGoodBundles } from './last-good-bundles.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bailiff-last-good-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const archive: LastGoodCopy = {
  content: { kind: 'archive', bytes: Uint8Array.from([0, 10, 255, 13]) },
  version: '"v1" sha256:1',
  approvals: ['a.b.c'],
  at: 1_000,
};
const files: LastGoodCopy = {
  content: {
    kind: 'files',
    files: new Map([
      ['bundle.yaml', Buffer.from('version: 1.0.0\n')],
      ['empty.json', new Uint8Array()],
      ['deep/ü.rego', Buffer.from('package x\n')],
    ]),
  },
  version: 'commit',
  approvals: [],
  at: 2_000,
};
const opened = () => new LastGoodBundles(join(directory, 'bundles'));
const pathOf = (name: string) => join(directory, 'bundles', `${encodeURIComponent(name)}.bundle`);
/** Bytes alike, whatever holds them. */
const plain = (copy: LastGoodCopy | undefined) => ({
  ...copy,
  content:
    copy?.content.kind === 'files'
      ? [...copy.content.files].map(([path, bytes]) => [path, Buffer.from(bytes).toString('hex')])
      : copy?.content && Buffer.from(copy.content.bytes).toString('hex'),
});

test('what was kept is found after a restart, each under its name, and nothing else', async () => {
  await opened().keep('servers/crm', archive);
  await opened().keep('../../etc', files);
  expect(plain(await opened().find('servers/crm'))).toEqual(plain(archive));
  expect(plain(await opened().find('../../etc'))).toEqual(plain(files));
  expect(await opened().find('servers')).toBeUndefined();
  expect(
    (await readdir(join(directory, 'bundles'))).sort(),
    'nothing lies elsewhere, and no draft is left',
  ).toEqual(['..%2F..%2Fetc.bundle', 'servers%2Fcrm.bundle']);
});

test('what is kept takes the place of what was, and what is dropped is gone', async () => {
  const copies = opened();
  await copies.keep('a', archive);
  await copies.confirm('a', archive.version, 5_000);
  await copies.keep('a', files);
  expect(plain(await copies.find('a')), 'the other’s confirmation does not count').toEqual(plain(files));
  await copies.drop('a');
  expect(await copies.find('a')).toBeUndefined();
  expect(await readdir(join(directory, 'bundles'))).toEqual([]);
});

test('a confirmation makes a copy younger, never older', async () => {
  const copies = opened();
  await copies.keep('a', archive);
  await copies.confirm('a', archive.version, 5_000);
  expect((await opened().find('a'))?.at).toBe(5_000);
  await copies.confirm('a', archive.version, 10);
  expect((await opened().find('a'))?.at).toBe(1_000);
  await writeFile(join(directory, 'bundles', 'a.confirmed'), '{"version":');
  expect((await opened().find('a'))?.at).toBe(1_000);
});

test('a copy with any one byte changed is dropped and said, once', async () => {
  await opened().keep('a', files);
  const whole = await readFile(pathOf('a'));
  for (let index = 0; index < whole.length; index++) {
    const damaged = Buffer.from(whole);
    damaged[index] = (damaged[index] ?? 0) ^ 1;
    await writeFile(pathOf('a'), damaged);
    await expect(opened().find('a'), `byte ${index}`).rejects.toThrow('was damaged and has been dropped');
    expect(await opened().find('a')).toBeUndefined();
  }
});

test.each([
  0, 1, 64, 65, 100,
])('a copy of which only %i bytes were written is dropped and said', async (length) => {
  await opened().keep('a', archive);
  await truncate(pathOf('a'), length);
  await expect(opened().find('a')).rejects.toMatchObject({ code: 'bundle_unavailable' });
  expect(await opened().find('a')).toBeUndefined();
});

test('a copy under another’s name is not taken for it', async () => {
  await opened().keep('a', archive);
  await writeFile(pathOf('b'), await readFile(pathOf('a')));
  await expect(opened().find('b')).rejects.toThrow('damaged');
});

test('of many that are kept at once the last is found whole', async () => {
  const copies = opened();
  await Promise.all([
    copies.keep('a', archive),
    copies.keep('a', files),
    copies.find('a'),
    copies.keep('a', archive),
  ]);
  expect(plain(await copies.find('a'))).toEqual(plain(archive));
});

test('a folder that cannot be written is told, and the next copy has its turn', async () => {
  await writeFile(join(directory, 'bundles'), '');
  const copies = opened();
  await expect(copies.keep('a', archive)).rejects.toThrow();
  await rm(join(directory, 'bundles'));
  await copies.keep('a', archive);
  expect(plain(await copies.find('a'))).toEqual(plain(archive));
});
