import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveOf } from '../../../packages/gateway/src/distribution/parts/pack-part.ts';
import {
  LIMIT_BYTES,
  readingOf,
} from '../../../packages/gateway/src/distribution/parts/testing/sample-part.ts';
import { unpackPart } from '../../../packages/gateway/src/distribution/parts/unpack-part.ts';
import { verifies } from '../../requirements.ts';
import { CountingUpstream } from '../faults/counting-upstream.ts';
import { FRONTS, type FrontClient, openFront } from '../faults/front.ts';
import { until } from '../faults/processes.ts';
import { ONLY_SIDECAR } from '../test-engine.ts';
import { type BundleServer, bundleServer } from './bundle-server.ts';
import { type Signers, signers, trusted } from './compliance.ts';
import { type DeliveryCompany, openDeliveryCompany } from './delivery-company.ts';

verifies('matrix-8');

const upstream = CountingUpstream.ofSuite();
let server: BundleServer;
let people: Signers;
let company: DeliveryCompany;
let good: Uint8Array;
const clients: FrontClient[] = [];

/** Nothing here depends on what evaluates policy. */
const { skip } = ONLY_SIDECAR;
const LAST_GOOD = { version: '2.0.0', rowsMax: 20 };

beforeAll(async () => {
  if (skip) return;
  server = await bundleServer();
  people = await signers();
  good = await people.compliance(LAST_GOOD.version, LAST_GOOD.rowsMax);
  server.publish('compliance', good);
  const expiring = await people.key('expiring');
  const { keys, texts } = await trusted([
    [people.release, 'build'],
    [expiring, 'build'],
  ]);
  const source = {
    kind: 'http',
    url: server.url('compliance'),
    cadence_seconds: 3_600,
    size_limit_bytes: 1_048_576,
  };
  const signing_keys = ['release', 'expiring'];
  company = await openDeliveryCompany({
    upstream,
    texts,
    registry: {
      keys: { ...keys, expiring: { ...keys.expiring, expires_at: '2020-01-01T00:00:00Z' } },
      bundles: { compliance: { source, signing_keys, owners: ['ada'] } },
    },
  });
  for (const front of FRONTS) clients.push(await openFront(front, company.gateway));
}, 120_000);
afterAll(async () => {
  for (const client of clients) await client[Symbol.asyncDispose]();
  await company?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await people?.[Symbol.asyncDispose]();
});

/** A newer version that everything is right with, but for what is done to it. */
const newer = () => people.compliance('3.0.0', 90);
const filesOf = async (bytes: Uint8Array) =>
  new Map(readingOf(await unpackPart(bytes, { sizeLimitBytes: LIMIT_BYTES, name: 'compliance' })));
const without = async (bytes: Uint8Array, ...names: readonly string[]) => {
  const files = await filesOf(bytes);
  for (const name of names) files.delete(name);
  return archiveOf(files);
};
const withKey = async (id: string, as = id) =>
  people.compliance('3.0.0', 90, { key: { ...(await people.key(id)), id: as } });

const DAMAGED: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  truncated: async () => (await newer()).slice(0, -100),
  empty: async () => new Uint8Array(),
  'a gzip bomb': async () => new Uint8Array(gzipSync(Buffer.alloc(200_000_000), { level: 1 })),
  'a page of HTML': async () => new TextEncoder().encode('<html>Sign in</html>'),
  'never signed': async () => without(await newer(), '.signatures.json', '.manifest'),
  'stripped of its signature': async () => without(await newer(), '.signatures.json'),
  'signed with a key that nobody trusts': () => withKey('stranger'),
  'signed with another key under the trusted one’s id': () => withKey('mallory', 'release'),
  'signed with a key that has expired': () => withKey('expiring'),
  'signed so long ago that its signature has expired': () =>
    people.compliance('3.0.0', 90, { nowMs: Date.now() - 10 * 86_400_000 }),
  'older than the one in force': () => people.compliance('1.9.9', 90),
  'of the same version with other rules': () => people.compliance(LAST_GOOD.version, 90),
};
const FILES = [
  'bundle.yaml',
  'compliance.rego',
  'compliance_test.rego',
  'policy/compliance/data.yaml',
  '.manifest',
  '.signatures.json',
];

async function expectLastGoodDecides(): Promise<void> {
  for (const client of clients) {
    expect(await client.call('lookup', { rows: LAST_GOOD.rowsMax })).toMatchObject({ kind: 'done' });
    const over = await client.call('lookup', { rows: LAST_GOOD.rowsMax + 1 });
    expect(over).toMatchObject({ kind: 'refused', reasons: [`over_${LAST_GOOD.rowsMax}`] });
  }
  const { outcome, metadata } = await company.decide({ rows: LAST_GOOD.rowsMax });
  expect(outcome).toBe('allow');
  expect(metadata.bundles.compliance).toMatch(/^2\.0\.0\+/);
  expect(await company.decide({ rows: LAST_GOOD.rowsMax + 1 })).toMatchObject({ outcome: 'deny' });
}

async function expectHeld(bytes: Uint8Array): Promise<void> {
  const before = company.gateway.said.length;
  server.publish('compliance', bytes);
  const { held } = await company.pull();
  expect(held).toHaveProperty('compliance');
  expect(held.compliance?.check).toMatch(/^(verify|version)$/);
  expect((await company.metric('bailiff_bundle_held_back')).get('{bundle="compliance"}')).toBe(1);
  await until(
    'it is told',
    () => company.gateway.said.slice(before).includes('"bundle":"compliance"'),
    5_000,
  );
  await expectLastGoodDecides();
}

test.skipIf(skip).each(Object.keys(DAMAGED))(
  'a bundle that is %s leaves the last good one deciding, and everybody is told',
  async (what) => {
    await expectHeld((await DAMAGED[what]?.()) ?? new Uint8Array());
  },
);

test.skipIf(skip).each(FILES)(
  'a byte flipped in %s leaves the last good one deciding, and everybody is told',
  async (name) => {
    const files = await filesOf(await newer());
    const bytes = Uint8Array.from(files.get(name) ?? []);
    // Where each of these files says something.
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect(bytes.length).toBeGreaterThan(0);
    await expectHeld(await archiveOf(new Map([...files, [name, bytes]])));
  },
);

test.skipIf(skip)('what is whole again and newer decides, and nothing is held back any more', async () => {
  server.publish('compliance', await newer());
  expect((await company.pull()).held).toEqual({});
  expect((await company.metric('bailiff_bundle_held_back')).get('{bundle="compliance"}')).toBe(0);
  await company.follows();
  expect(await company.decide({ rows: 90 })).toMatchObject({ outcome: 'allow' });
});
