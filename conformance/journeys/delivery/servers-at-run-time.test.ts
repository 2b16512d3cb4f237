import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { opaExecutable } from '../../../packages/gateway/src/decision/testing/opa.ts';
import { CountingUpstream } from '../faults/counting-upstream.ts';
import { KEYS } from '../faults/gateway-process.ts';
import { McpClient } from '../faults/mcp-client.ts';
import { until } from '../faults/processes.ts';
import { readRecord } from '../faults/record.ts';
import { ONLY_SIDECAR } from '../test-engine.ts';
import { metadata } from './compliance.ts';
import { type DeliveryCompany, openDeliveryCompany, policyFile, type Texts } from './delivery-company.ts';

/** Which servers there are does not depend on what evaluates policy. */
const { skip } = ONLY_SIDECAR;
const upstream = CountingUpstream.ofSuite();
const added = CountingUpstream.ofSuite();
let company: DeliveryCompany;

/** What of `opa eval --coverage` is looked at. */
interface Coverage {
  readonly coverage: { readonly files: Readonly<Record<string, { readonly covered?: readonly object[] }>> };
}

const bundleOf = (server: string, rowsMax: number): Texts => ({
  [`servers/${server}/bundle.yaml`]: `name: servers/${server}\nversion: 1.0.0\nowner: ${server}\n`,
  [`servers/${server}/rules.rego`]: `package servers.${server}\n\n${metadata(`${server}_rows`)}deny contains "rows" if input.action.args.rows > ${rowsMax}\n`,
});

beforeAll(async () => {
  if (skip) return;
  company = await openDeliveryCompany({
    upstream,
    registry: { bundles: { 'servers/desk': { path: 'servers/desk' } }, servers_without_bundle: [] },
    texts: bundleOf('desk', 20),
  });
  await company.write({
    'identity/identity.rego': (await policyFile(company, 'identity/identity.rego'))
      .replace('["desk"]', '["*"]')
      .replace('["desk.*"]', '["*"]'),
    'resource/resource.rego': (await policyFile(company, 'resource/resource.rego')).replace(
      'input.action.server == "desk"',
      'input.action.server in {"desk", "shelf"}',
    ),
  });
  expect((await company.pull()).held).toEqual({});
  await company.follows();
}, 120_000);
afterAll(() => company?.[Symbol.asyncDispose]());

const shelf = () => ({ shelf: { transport: 'http', url: added.url } });
/** Why a call to a server that nobody answers for is denied. */
const MISSING = /server_unregistered.*servers\/shelf/;
const desk = { 'servers/desk': { path: 'servers/desk' } };
const opened = () => McpClient.open(company.gateway.url, { key: KEYS.clerk, server: 'shelf' });

test.skipIf(skip)(
  'a server that is added without its bundle is refused by name, and calls to it are denied',
  async () => {
    await company.write({
      'catalogue.yaml': (await policyFile(company, 'catalogue.yaml')).replace(
        'servers:\n',
        'servers:\n  shelf:\n    title: A shelf\n    tools:\n      lookup: { effects: [read], blast_radius: low }\n',
      ),
    });
    await company.register({ bundles: desk, servers: shelf(), servers_without_bundle: [] });
    const { held } = await company.pull();
    expect(held['release.yaml']?.detail).toContain('The server `shelf` has no bundle');
    await company.follows();
    const denied = await company.decide({}, { tool: 'shelf.lookup' });
    expect(denied.outcome).toBe('deny');
    expect(JSON.stringify([denied.reasons, denied.metadata.failures])).toMatch(MISSING);
    expect(added.calls).toHaveLength(0);
  },
);

test.skipIf(skip)(
  'with its bundle it is enforced at once, while a client of another is connected, whose session goes on',
  async () => {
    const client = await McpClient.open(company.gateway.url, { key: KEYS.clerk });
    expect(await client.call('lookup', { rows: 15 })).toMatchObject({ kind: 'done' });
    await company.write(bundleOf('shelf', 10));
    await company.register({
      bundles: { ...desk, 'servers/shelf': { path: 'servers/shelf' } },
      servers: shelf(),
      servers_without_bundle: [],
    });
    expect((await company.pull()).held).toEqual({});
    await company.follows();
    let own: McpClient | undefined;
    await until('it can be reached', async () => {
      own = await opened().catch(() => undefined);
      return own !== undefined;
    });
    expect(await own?.call('lookup', { rows: 5 })).toMatchObject({ kind: 'done' });
    expect(await own?.call('lookup', { rows: 15 })).toMatchObject({
      kind: 'refused',
      reasons: ['shelf_rows'],
    });
    expect(added.calls).toHaveLength(1);
    expect(await client.call('lookup', { rows: 15 })).toMatchObject({ kind: 'done' });
  },
);

test.skipIf(skip)('a server’s bundle is not heard of calls to another', async () => {
  const [onDesk, onShelf] = await Promise.all([
    company.decide({ rows: 25 }),
    company.decide({ rows: 25 }, { tool: 'shelf.lookup' }),
  ]);
  expect(onDesk.metadata.matched_rules.filter((rule) => rule.startsWith('servers.'))).toEqual([
    'servers.desk.rows',
  ]);
  expect(onShelf.metadata.matched_rules.filter((rule) => rule.startsWith('servers.'))).toEqual([
    'servers.shelf.rows',
  ]);
});

test.skipIf(skip)(
  'a server’s bundle is not evaluated for calls to another, as OPA’s own coverage shows',
  async () => {
    const file = join(company.gateway.folder, 'release.tar.gz');
    const headers = { authorization: `Bearer ${KEYS.puller}` };
    const pulled = await fetch(`${company.gateway.url}/v1/bundles/release.tar.gz`, { headers });
    await writeFile(file, new Uint8Array(await pulled.arrayBuffer()));
    const covered = async (tool: string) => {
      const { metadata: about } = await company.decide({ rows: 25 }, { tool });
      const { input } = readRecord(company.gateway.record).decisions.get(about.decision_id) ?? {};
      const inputFile = join(company.gateway.folder, 'input.json');
      await writeFile(inputFile, JSON.stringify(input));
      const flags = ['--coverage', '--format', 'json', '--bundle', file, '--input', inputFile];
      const { stdout } = await promisify(execFile)(
        opaExecutable(),
        ['eval', ...flags, 'data.bailiff.decision'],
        { maxBuffer: 67_108_864 },
      );
      const { files } = (JSON.parse(stdout) as Coverage).coverage;
      const ofServers = Object.entries(files).filter(([name]) => /servers\/\w+\/rules\.rego$/.test(name));
      expect(ofServers.map(([name]) => name.replace(/.*servers\//, '')).sort()).toEqual([
        ...['desk/rules.rego', 'shelf/rules.rego'],
      ]);
      return ofServers.flatMap(([name, { covered: rows = [] }]) =>
        rows.length === 0 ? [] : [name.replace(/.*servers\/(\w+)\/.*/, '$1')],
      );
    };
    expect(await covered('desk.lookup')).toEqual(['desk']);
    expect(await covered('shelf.lookup')).toEqual(['shelf']);
  },
);

test.skipIf(skip)('rolled back, the server is gone with its bundle, and stays so', async () => {
  const { policy_version } = await company.rollBack();
  expect((await company.pull()).active).toBe(policy_version);
  await company.follows();
  const denied = await company.decide({}, { tool: 'shelf.lookup' });
  expect(JSON.stringify([denied.reasons, denied.metadata.failures])).toMatch(MISSING);
  expect(await company.decide({ rows: 5 })).toMatchObject({ outcome: 'allow' });
});
