import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BundleFailure } from '../finding.ts';
import type { ReleaseVector } from '../releases/release-store.ts';
import { sampleRelease } from '../testing/sample-release.ts';
import { differingParts, mixed, REGISTRY, readPolicyFolder } from './target.ts';

const { signal } = new AbortController();
const part = (text: string) => ({ files: new Map([['a.rego', Buffer.from(text)]]), place: 'p', author: '' });
const vector = (registry: string, parts: Readonly<Record<string, string>>): ReleaseVector => ({
  registry: new Map([[REGISTRY, Buffer.from(registry)]]),
  parts: new Map(Object.entries(parts).map(([name, text]) => [name, part(text)])),
});

test('parts differ by what their files say, the registry first; added and removed ones do', () => {
  const [one, two] = [vector('r', { a: '1', b: '1', c: '1' }), vector('s', { a: '1', b: '2', d: '1' })];
  expect(differingParts(one, two)).toEqual([REGISTRY, 'b', 'c', 'd']);
  expect(differingParts(two, one)).toEqual([REGISTRY, 'b', 'c', 'd']);
  expect(differingParts(one, vector('r', { c: '1', b: '1', a: '1' })), 'order is nothing').toEqual([]);
});

test('a file that moved is another part, though the bytes are the same', () => {
  const moved = { ...part('1'), files: new Map([['b.rego', Buffer.from('1')]]) };
  const one = vector('r', { a: '1' });
  expect(differingParts(one, { ...one, parts: new Map([['a', moved]]) })).toEqual(['a']);
});

test('a mixture has the named parts as wanted and all others as they are good', () => {
  const [good, wanted] = [vector('r', { a: '1', b: '1', c: '1' }), vector('s', { a: '2', b: '2', d: '2' })];
  expect(
    differingParts(mixed(good, wanted, new Set(['a', 'c', 'd'])), vector('r', { a: '2', b: '1', d: '2' })),
  ).toEqual([]);
  expect(
    differingParts(mixed(good, wanted, new Set([REGISTRY])), vector('s', { a: '1', b: '1', c: '1' })),
  ).toEqual([]);
  expect(differingParts(mixed(good, wanted, new Set()), good)).toEqual([]);
  expect(differingParts(mixed(good, wanted, new Set(differingParts(good, wanted))), wanted)).toEqual([]);
});

test('a folder is read as it is: registry and catalogue, and each bundle', async () => {
  await using sample = await sampleRelease();
  const { registry, parts, refused } = await readPolicyFolder(sample.directory, signal);
  expect([...registry.keys()]).toEqual([REGISTRY, 'catalogue.yaml']);
  expect([...parts.keys()]).toContain('servers/crm');
  expect([...(parts.get('overrides')?.files.keys() ?? [])]).toEqual([
    ...['bundle.yaml', 'data.yaml', 'overrides.rego'],
  ]);
  expect(refused.size).toBe(0);
});

test('what cannot be read of one bundle leaves the others readable, and waits for nothing', {
  timeout: 20_000,
}, async () => {
  await using sample = await sampleRelease();
  const at = (path: string) => join(sample.directory, path);
  execFileSync('mkfifo', [at('compliance/pipe.rego')]);
  await symlink('/dev/zero', at('identity/zero.yaml'));
  await symlink('.', at('overrides/again'));
  await rm(at('resource'), { recursive: true });
  const { parts, refused } = await readPolicyFolder(sample.directory, signal);
  expect([...refused.keys()].sort()).toEqual(['compliance', 'identity', 'overrides']);
  expect(refused.get('compliance')).toMatchObject([
    { file: 'compliance/pipe.rego', code: 'file_unreadable' },
  ]);
  expect(refused.get('overrides')).toMatchObject([{ file: 'overrides', code: 'folder_too_deep' }]);
  expect([...parts.keys()]).toEqual(['servers/crm']);
});

test.each([
  ['a folder', async (file: string) => void (await mkdir(file))],
  ['a pipe', async (file: string) => void execFileSync('mkfifo', [file])],
  ['nothing', async () => undefined],
  ['empty', async (file: string) => writeFile(file, '')],
  ['a link to itself', async (file: string) => symlink(file, file)],
])('a release.yaml that is %s refuses the folder as a whole, with its name', async (_what, make) => {
  await using sample = await sampleRelease();
  const file = join(sample.directory, REGISTRY);
  await rm(file);
  await make(file);
  const refusal = await readPolicyFolder(sample.directory, signal).catch((thrown: unknown) => thrown);
  expect(refusal).toBeInstanceOf(BundleFailure);
  expect((refusal as BundleFailure).findings[0]?.file).toBe(REGISTRY);
});
