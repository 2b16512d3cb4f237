import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifies } from '../../requirements.ts';
import { CountingUpstream } from '../faults/counting-upstream.ts';
import { KEYS } from '../faults/gateway-process.ts';
import { McpClient } from '../faults/mcp-client.ts';
import { until } from '../faults/processes.ts';
import { type BundleServer, bundleServer } from './bundle-server.ts';
import { type Signers, signers, trusted } from './compliance.ts';
import { type DeliveryCompany, openDeliveryCompany, policyFile } from './delivery-company.ts';

verifies('matrix-8');

const upstream = CountingUpstream.ofSuite();
let server: BundleServer;
let people: Signers;
let company: DeliveryCompany;
const MAX_STALENESS_SECONDS = 3;

beforeAll(async () => {
  server = await bundleServer();
  people = await signers();
  server.publish('compliance', await people.compliance('1.0.0', 10));
  const { keys, texts } = await trusted([[people.release, 'build']]);
  const source = { kind: 'http', url: server.url('compliance'), cadence_seconds: 0.2 };
  const rest = { signing_keys: ['release'], owners: ['ada'] };
  company = await openDeliveryCompany({
    upstream,
    texts,
    registry: {
      keys,
      bundles: {
        compliance: { source: { ...source, max_staleness_seconds: MAX_STALENESS_SECONDS }, ...rest },
      },
    },
  });
}, 120_000);
afterAll(async () => {
  await company?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await people?.[Symbol.asyncDispose]();
});

const compliance = async () => (await company.status()).bundles.find(({ name }) => name === 'compliance');

test('a source that takes requests and never answers holds nothing up until its bundle is too old, and then its calls are refused by name', async () => {
  server.hang();
  expect(await company.decide({ rows: 1 })).toMatchObject({ outcome: 'allow' });
  await company.write({ 'resource/bundle.yaml': 'name: resource\nversion: 1.1.0\nowner: faults\n' });
  await until('another bundle goes out meanwhile', async () => {
    const { bundles } = await company.status();
    return bundles.find(({ name }) => name === 'resource')?.revision?.startsWith('1.1.0+') === true;
  });
  await until('it is too old', async () => (await compliance())?.pull?.stale === true);
  await until('calls are refused', async () => (await company.decide({ rows: 1 })).outcome === 'deny');
  const refused = await company.decide({ rows: 1 });
  expect(refused.reasons).toContain('policy_unavailable');
  expect(JSON.stringify(refused)).toContain('compliance');
  const client = await McpClient.open(company.gateway.url, { key: KEYS.clerk }).catch(() => undefined);
  expect((await client?.call('lookup', { rows: 1 }))?.kind).not.toBe('done');
  expect(await company.release('status')).toMatch(/compliance .*stale: counts as missing/);
});

test('they are refused too while release.yaml cannot be read, and decided again once the source answers', async () => {
  const text = await policyFile(company, 'release.yaml');
  await company.write({ 'release.yaml': '{' });
  await until('it is told', async () => 'release.yaml' in (await company.status()).held);
  expect(await company.decide({ rows: 1 })).toMatchObject({ outcome: 'deny' });
  await company.write({ 'release.yaml': text });
  server.answer();
  await until(
    'calls are decided',
    async () => (await company.decide({ rows: 1 })).outcome === 'allow',
    90_000,
  );
  expect(await company.decide({ rows: 11 })).toMatchObject({ outcome: 'deny', reasons: ['over_10'] });
}, 120_000);

test('a start without network serves what was verified last, says how old it is, and refuses once that is too old', async () => {
  await until('it is kept', async () => (await compliance())?.pull?.stale === false, 5_000);
  server.hang();
  company = await company.restart();
  const pull = (await compliance())?.pull;
  expect(pull).toMatchObject({ from_disk: true, last_pull: null });
  expect(pull?.age_seconds).toBeGreaterThan(0);
  expect((await compliance())?.revision).toMatch(/^1\.0\.0\+/);
  await until('it is too old', async () => (await company.decide({ rows: 1 })).outcome === 'deny');
  expect((await company.decide({ rows: 1 })).reasons).toContain('policy_unavailable');
}, 120_000);
