import { readFile } from 'node:fs/promises';
import { ReleaseManifest } from '@bailiff/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  type KeyFolder,
  keyFolder,
  NOW_MS,
  SAMPLE_TEXTS,
  type SampleKey,
  signedSample,
} from '../parts/testing/sample-part.ts';
import type { StoredRelease } from '../releases/release-store.ts';
import { FetchedParts } from './fetched-parts.ts';
import type { PolicyFolder } from './target.ts';
import { Copies, Source } from './testing/followed.ts';

const { signal } = new AbortController();
let keys: KeyFolder;
let release: SampleKey;
let source: Source;
let copies: Copies;
let changes: number;
let fetched: FetchedParts;
let clockMs: number;

beforeEach(async () => {
  keys = await keyFolder();
  release = await keys.make('release');
  source = new Source();
  copies = new Copies();
  changes = 0;
  clockMs = NOW_MS;
  fetched = new FetchedParts({
    openFetcher: () => source,
    lastGood: copies,
    clock: () => clockMs,
    random: () => 0.5,
    onChange: () => {
      changes += 1;
    },
    onTrouble: () => undefined,
    onStale: () => undefined,
  });
});
afterEach(async () => {
  await fetched[Symbol.asyncDispose]();
  await keys[Symbol.asyncDispose]();
});

const publish = async (version: string, key = release) => {
  const texts = { ...SAMPLE_TEXTS, 'bundle.yaml': `name: compliance\nversion: ${version}\nowner: privacy\n` };
  const bytes = await signedSample(key, { texts });
  const found = `${version} ${key.id}`;
  source.version = found;
  source.act = async () => ({
    kind: 'found',
    content: { kind: 'archive', bytes },
    version: found,
    approvals: [],
  });
};

async function folderOf(trusted: readonly SampleKey[], source_: object = {}): Promise<PolicyFolder> {
  const manifest = ReleaseManifest.parse({
    ...{ name: 'sample', version: '1.0.0', catalogue: 'catalogue.yaml' },
    keys: Object.fromEntries(trusted.map(({ id }) => [id, { file: `${id}.pub`, person: 'ops' }])),
    bundles: {
      compliance: {
        source: {
          kind: 'http',
          url: 'https://bundles.example/compliance',
          cadence_seconds: 3_600,
          ...source_,
        },
        signing_keys: trusted.map(({ id }) => id),
      },
    },
  });
  const files = await Promise.all(
    trusted.map(
      async ({ id, publicFile }) => [`${id}.pub`, new Uint8Array(await readFile(publicFile))] as const,
    ),
  );
  return { manifest, registry: new Map(files), parts: new Map(), refused: new Map(), packages: [] };
}

/** What is in force, as far as is looked at. */
const inForce = (version: string): StoredRelease =>
  ({
    release: { data: { bundles: { compliance: `${version}+000000000000` } } },
    vector: {
      registry: new Map(),
      parts: new Map([
        ['compliance', { files: new Map([['in-force', new Uint8Array()]]), place: 'compliance', author: '' }],
      ]),
    },
  }) as unknown as StoredRelease;

const partsFor = async (folder: PolicyFolder, good?: StoredRelease) => {
  const { parts, refused } = await fetched.partsFor(folder, { good }, signal);
  const files = parts.get('compliance')?.files;
  const text = Buffer.from(files?.get('bundle.yaml') ?? '').toString();
  const is = files?.has('in-force') ? 'in force' : (/version: (\S+)/.exec(text)?.[1] ?? 'none');
  return { is, check: refused.get('compliance')?.check, code: refused.get('compliance')?.findings[0]?.code };
};

test('what is verified is taken, and kept for a start without network', async () => {
  await publish('1.2.0');
  expect(await partsFor(await folderOf([release]))).toMatchObject({ is: '1.2.0', check: undefined });
  expect(copies.copies.get('compliance')?.version).toBe('1.2.0 release');
});

test('with other keys it is verified anew: of a key that went, what is in force stays', async () => {
  const next = await keys.make('next');
  await publish('1.2.0');
  expect((await partsFor(await folderOf([release]))).is).toBe('1.2.0');
  expect((await partsFor(await folderOf([release, next]))).is, 'the next beside the last').toBe('1.2.0');
  expect(await partsFor(await folderOf([next]), inForce('1.2.0'))).toEqual({
    ...{ is: 'in force', check: 'verify', code: 'signature_unknown' },
  });
  await publish('1.3.0', next);
  await fetched.pullNow();
  expect(await partsFor(await folderOf([next]), inForce('1.2.0'))).toMatchObject({
    is: '1.3.0',
    check: undefined,
  });
});

test('a newest that is refused leaves the one before, and says why until it is mended', async () => {
  const stranger = await keys.make('stranger');
  const folder = await folderOf([release]);
  await publish('1.2.0');
  await partsFor(folder);
  await publish('1.3.0', stranger);
  await fetched.pullNow();
  expect(await partsFor(folder, inForce('1.1.0'))).toMatchObject({ is: '1.2.0', check: 'verify' });
  expect(copies.copies.get('compliance')?.version, 'the copy is of what was verified').toBe('1.2.0 release');
  await publish('1.4.0');
  await fetched.pullNow();
  expect(await partsFor(folder, inForce('1.2.0'))).toMatchObject({ is: '1.4.0', check: undefined });
  expect(changes).toBeGreaterThan(0);
});

test('an older version is refused, and is nothing that a start without network begins with', async () => {
  await publish('1.2.0');
  expect(await partsFor(await folderOf([release]), inForce('1.3.0'))).toMatchObject({
    is: 'in force',
    check: 'version',
  });
  expect(copies.copies.size).toBe(0);
});

test('a bundle that is required is stale by the clock alone, and no longer once its source answers', async () => {
  const folder = await folderOf([release], { max_staleness_seconds: 60 });
  await publish('1.2.0');
  await partsFor(folder);
  expect([...fetched.stale()]).toEqual([]);
  clockMs += 61_000;
  expect([...fetched.stale()]).toEqual(['compliance']);
  await fetched.pullNow();
  expect([...fetched.stale()]).toEqual([]);
});

test('a bundle whose age is limited, and that was never taken from its source, counts as stale', async () => {
  const folder = await folderOf([release], { max_staleness_seconds: 60 });
  await partsFor(folder, inForce('1.2.0'));
  expect([...fetched.stale()]).toEqual(['compliance']);
  await publish('1.2.0');
  await fetched.pullNow();
  expect([...fetched.stale()]).toEqual([]);
});

test('what comes after the first look took too long is a change like any other', async () => {
  const bytes = await signedSample(release);
  const late = Promise.withResolvers<void>();
  source.act = async () => {
    await late.promise;
    return { kind: 'found', content: { kind: 'archive', bytes }, version: 'late', approvals: [] };
  };
  const hurry = new AbortController();
  const looking = fetched
    .partsFor(await folderOf([release]), { good: undefined }, hurry.signal)
    .catch(() => undefined);
  await vi.waitFor(() => expect(source.shown).toHaveLength(1));
  hurry.abort(new Error('It takes too long.'));
  await looking;
  expect(changes).toBe(0);
  late.resolve();
  await vi.waitFor(() => expect(changes).toBe(1));
});
