import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { pushBundle } from '../../../packages/gateway/src/stores/bundle-sources/oci/push-bundle.ts';
import { REGISTRY_TIMEOUT_MS } from '../../setup/registry/install-registry.ts';
import { type StartedRegistry, startRegistry } from '../../setup/registry/start-registry.ts';
import { CountingUpstream } from '../faults/counting-upstream.ts';
import { KEYS } from '../faults/gateway-process.ts';
import { McpClient } from '../faults/mcp-client.ts';
import { until } from '../faults/processes.ts';
import { readRecord } from '../faults/record.ts';
import { metadata, type Signers, signers, trusted } from './compliance.ts';
import {
  type DeliveryCompany,
  logged,
  openDeliveryCompany,
  policyFile,
  type Registry,
} from './delivery-company.ts';

const upstream = CountingUpstream.ofSuite();
let registry: StartedRegistry | string;
let people: Signers;
let company: DeliveryCompany;
let registered: Registry;
const { signal } = new AbortController();

const reference = () => (typeof registry === 'string' ? '' : `${registry.host}/policy/compliance:live`);
const push = async (version: string, rowsMax: number, more: Readonly<Record<string, string>> = {}) =>
  pushBundle(reference(), { bytes: await people.compliance(version, rowsMax, { more }) }, { signal });

beforeAll(async () => {
  registry = await startRegistry();
  if (typeof registry === 'string') return;
  people = await signers();
  await push('1.0.0', 10);
  const { keys, texts } = await trusted([[people.release, 'build']]);
  const source = { kind: 'oci', reference: reference(), cadence_seconds: 0.2 };
  registered = {
    keys,
    bundles: { compliance: { source, signing_keys: ['release'], owners: ['ada'] } },
    rollout: { begins: 'watch' },
  };
  company = await openDeliveryCompany({ upstream, texts, registry: registered });
}, REGISTRY_TIMEOUT_MS);
afterAll(async () => {
  await company?.[Symbol.asyncDispose]();
  if (typeof registry !== 'string') await registry[Symbol.asyncDispose]();
  await people?.[Symbol.asyncDispose]();
});
beforeEach((context) => {
  if (typeof registry === 'string') context.skip(registry);
});

const onTrial = async () => (await company.status()).rollout.trial?.policy_version;
const revision = async (bundle: string) => {
  const { bundles } = await company.status();
  return bundles.find(({ name }) => name === bundle)?.revision ?? '';
};
const healthOf = async (name: string) => {
  const headers = { authorization: `Bearer ${KEYS.operator}` };
  const response = await fetch(`${company.gateway.url}/readyz`, { headers });
  const { checks } = (await response.json()) as { readonly checks: readonly { readonly name: string }[] };
  expect(response.status, 'it is ready all the same').toBe(200);
  return checks.find((check) => check.name === name);
};
const recordOf = (id: string) => readRecord(company.gateway.record).decisions.get(id);

test('what is pushed is watched first, then promoted, and each record names the release that decided', async () => {
  const first = (await company.status()).active ?? '';
  expect((await company.decide({ rows: 9 })).outcome).toBe('allow');
  await push('1.1.0', 5);
  await until('it is on trial', async () => (await onTrial()) !== undefined);
  const next = await onTrial();
  const watched = await company.decide({ rows: 9 });
  expect(watched).toMatchObject({ outcome: 'allow', metadata: { policy_version: first } });
  await until('it was watched', async () => ((await company.status()).rollout.trial?.differing ?? 0) > 0);
  expect(
    await company.release('promote', 'everyone', '--reason', 'it only refuses what it should'),
  ).toContain(next);
  await company.follows();
  const decided = await company.decide({ rows: 9 });
  expect(decided).toMatchObject({ outcome: 'deny', reasons: ['over_5'], metadata: { policy_version: next } });
  expect(recordOf(watched.metadata.decision_id)?.answer.metadata.policy_version).toBe(first);
  expect(recordOf(decided.metadata.decision_id)?.answer.metadata).toMatchObject({
    policy_version: next,
    bundles: { compliance: expect.stringMatching(/^1\.1\.0\+/) },
  });
});

test('a broken next version is told by owner, file and row, and another owner’s change goes out meanwhile', async () => {
  await company.register({ ...registered, rollout: { begins: 'everyone' } });
  await company.pull();
  await push('1.2.0', 5, {
    'flow.rego': `package policy.compliance\n\n${metadata('flow')}deny contains "flow" if nowhere.at == all\n`,
  });
  await until('it is held back', async () => 'compliance' in (await company.status()).held);
  const texts = { 'resource/bundle.yaml': 'name: resource\nversion: 1.1.0\nowner: faults\n' };
  await company.write(texts);
  await until('the other one is out', async () => (await revision('resource')).startsWith('1.1.0+'));
  expect(await revision('compliance')).toMatch(/^1\.1\.0\+/);
  const said = await company.release('status');
  expect(said).toMatch(
    /held back compliance: 2 findings \(compose\)\n {2}compliance\/flow\.rego:10.*\n {2}compliance\/flow\.rego:10/,
  );
  const { bundles } = await company.status();
  expect(bundles.find(({ name }) => name === 'compliance')).toMatchObject({
    owners: ['ada'],
    author: 'ada',
    held: { check: 'compose', findings: [{}, { file: 'compliance/flow.rego', row: 10 }] },
  });
  await logged(company.gateway, /"bundle":"compliance".*compliance\/flow\.rego/);
  await company.follows();
  expect(await healthOf('bundles')).toMatchObject({
    ready: false,
    detail: expect.stringMatching(
      /compliance is left as it was last good \(compose\): compliance\/flow\.rego:10/,
    ),
  });
  expect((await company.metric('bailiff_bundle_held_back')).get('{bundle="compliance"}')).toBe(1);
  expect((await company.metric('bailiff_bundle_held_back')).get('{bundle="resource"}')).toBe(0);
  expect(await company.decide({ rows: 9 })).toMatchObject({ outcome: 'deny', reasons: ['over_5'] });
  await push('1.2.1', 7);
  await until('it is mended', async () => (await revision('compliance')).startsWith('1.2.1+'));
  expect((await company.status()).held).toEqual({});
});

const PIN = 'a'.repeat(64);

test('a rollback takes policies, agents, tool pins and launches back together, and they stay so', async () => {
  const before = (await company.status()).active;
  const identity = await policyFile(company, 'identity/data.yaml');
  const server = { transport: 'http', url: 'https://shelf.example/mcp' };
  await company.write({
    'identity/data.yaml': identity.replace('versions: ["1.0.0"]', 'versions: ["2.0.0"]'),
    'identity/bundle.yaml': 'name: identity\nversion: 1.1.0\nowner: faults\n',
    'tool-pins.yaml': `desk: { lookup: ${PIN} }\n`,
    'catalogue.yaml': `${(await policyFile(company, 'catalogue.yaml')).replace('servers:\n', 'servers:\n  shelf: { title: A shelf }\n')}`,
  });
  const more = {
    servers: { shelf: server },
    tool_pins: 'tool-pins.yaml',
    servers_without_bundle: ['desk', 'shelf'],
  };
  await company.register({ ...registered, rollout: { begins: 'everyone' }, ...more });
  const { active, held } = await company.pull();
  expect([held, active === before]).toEqual([{}, false]);
  await company.follows();
  expect(await company.decide({})).toMatchObject({
    outcome: 'deny',
    reasons: ['agent_version_not_in_release'],
  });
  const about = async () =>
    JSON.parse(await company.release('show', '--json')) as {
      release: { agents: object; tool_pins: object; launches: object };
    };
  expect((await about()).release).toMatchObject({
    agents: { clerk: ['2.0.0'] },
    tool_pins: { desk: { lookup: PIN } },
    launches: { shelf: { kind: 'url', what: 'https://shelf.example/mcp' } },
  });
  await company.rollBack();
  expect((await about()).release).toMatchObject({
    agents: { clerk: ['1.0.0'] },
    tool_pins: {},
    canary_rules: {},
    launches: {},
  });
  await company.follows();
  expect(await company.decide({})).toMatchObject({ outcome: 'allow' });
  const client = await McpClient.open(company.gateway.url, { key: KEYS.clerk });
  expect(await client.call('lookup', {})).toMatchObject({ kind: 'done' });
  expect((await company.pull()).active, 'what was taken back stays so').toBe(before);
  await company.write({ 'identity/bundle.yaml': 'name: identity\nversion: 1.1.1\nowner: faults\n' });
  expect((await company.pull()).active, 'until there is something newer').not.toBe(before);
  await company.follows();
  expect(await company.decide({})).toMatchObject({
    outcome: 'deny',
    reasons: ['agent_version_not_in_release'],
  });
});

test('rolled back by command, what decided before decides, and the log says who and why', async () => {
  const said = await company.release('rollback', '--reason', 'the clerk cannot work');
  expect(said).toMatch(/decides since .*the clerk cannot work/);
  await company.follows();
  expect(await company.decide({})).toMatchObject({ outcome: 'allow' });
  await logged(
    company.gateway,
    /"kind":"rolled_back".*the clerk cannot work|the clerk cannot work.*"kind":"rolled_back"/,
  );
  expect(await company.release('list')).toMatch(/\*/);
});
