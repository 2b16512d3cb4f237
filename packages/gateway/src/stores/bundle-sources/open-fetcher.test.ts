import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BundleOrigin } from '@bailiff/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FollowedSource } from '../../distribution/delivery/followed-source.ts';
import { LastGoodBundles } from '../last-good-bundles.ts';
import { openFetcher } from './open-fetcher.ts';
import { sampleBundle, writeBundle } from './testing/sample-bundle.ts';
import { serve } from './testing/serve.ts';

const { signal } = new AbortController();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-origins-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (origin: object) =>
  openFetcher(BundleOrigin.parse(origin), {
    name: 'servers/crm',
    directory: folder,
    dataDirectory: join(folder, 'data'),
    environment: process.env,
  });

test('every kind of origin is described without secrets, and opening one asks nobody', async () => {
  const described = async (origin: object) => {
    await using fetcher = open(origin);
    return fetcher.described;
  };
  expect(await described({ kind: 'directory', path: 'b' })).toBe('folder b');
  expect(await described({ kind: 'git', repository: 'https://me:secret@x.example/r.git', path: 'p' })).toBe(
    'git https://x.example/r.git at HEAD, folder p',
  );
  expect(await described({ kind: 'oci', reference: 'x.example/r:v1', password: { env: 'P' } })).toBe(
    'x.example/r:v1',
  );
  expect(await described({ kind: 'http', url: 'https://me:secret@x.example/b?token=secret' })).toBe(
    'https://x.example/b',
  );
});

test.each([
  { kind: 'git', repository: 'ext::x' },
  { kind: 'git', repository: 'x', ref: '-x' },
  { kind: 'oci', reference: 'x.example/UPPER:v1' },
  { kind: 'http', url: 'http://x.example/b' },
  { kind: 'http', url: 'https://me:secret@x.example/b' },
])('an origin that cannot be used says so at a look: %o', async (origin) => {
  await using fetcher = open(origin);
  await expect(fetcher.fetch(undefined, signal)).rejects.toMatchObject({ code: 'bundle_unavailable' });
});

test('a change in a watched folder arrives long before the next look', async () => {
  await writeBundle(folder, { 'b/x.rego': 'package x\n' });
  const versions: string[] = [];
  const source = new FollowedSource({
    name: 'servers/crm',
    fetcher: open({ kind: 'directory', path: 'b' }),
    origin: { cadence_seconds: 3_600 },
    lastGood: new LastGoodBundles(join(folder, 'data')),
    clock: Date.now,
    onFound: async ({ version }) => {
      versions.push(version);
      return 'taken';
    },
  });
  await using _source = source;
  await source.whenLooked();
  await expect.poll(() => source.status().next_pull_at).not.toBeNull();
  await writeFile(join(folder, 'b/x.rego'), 'package x\n\ny := 1\n');
  await expect.poll(() => versions.length, { timeout: 5_000 }).toBe(2);
});

test('a start without network serves what was good, as it was, and goes on once the network is back', async () => {
  const bundle = await sampleBundle('hello');
  let isThere = true;
  await using served = await serve((request, response) => {
    if (!isThere) return response.destroy();
    if (request.url?.includes('approvals')) return response.writeHead(404).end();
    return request.headers['if-none-match'] === '"1"'
      ? response.writeHead(304).end()
      : response.writeHead(200, { etag: '"1"' }).end(bundle);
  });
  const follow = () =>
    new FollowedSource({
      name: 'servers/crm',
      fetcher: open({ kind: 'http', url: `http://${served.host}/b.tar.gz` }),
      origin: { cadence_seconds: 3_600 },
      lastGood: new LastGoodBundles(join(folder, 'data', 'bundles')),
      clock: Date.now,
      onFound: async () => 'taken',
    });
  {
    await using first = follow();
    await first.whenLooked();
    await first.good();
  }
  expect(await readdir(join(folder, 'data', 'bundles'))).toEqual(['servers%2Fcrm.bundle']);
  isThere = false;
  await using second = follow();
  await second.whenLooked();
  const current = second.current();
  expect(current?.content.kind === 'archive' && Buffer.from(current.content.bytes).equals(bundle)).toBe(true);
  await expect.poll(() => second.status().last_pull?.outcome).toBe('failed');
  expect(second.status().from_disk).toBe(true);
  isThere = true;
  expect(await second.pullNow()).toMatchObject({ from_disk: false, last_pull: { outcome: 'unchanged' } });
});
