import { hash } from 'node:crypto';
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { expect, test } from 'vitest';
import { type JsonObject, ReleaseStatus } from '../../packages/contract/src/index.ts';
import { opaPath } from '../../packages/gateway/src/commands/places.ts';
import { loadConfiguration } from '../../packages/gateway/src/config.ts';
import { digestOfDefinition } from '../../packages/gateway/src/enforcement/upstream/pins/tool-definition.ts';
import { type Gateway, openGateway } from '../../packages/gateway/src/main.ts';
import { until } from './faults/processes.ts';
import { ENGINE, lendVerdicts } from './test-engine.ts';

const POLICY = fileURLToPath(new URL('../front-door/policy', import.meta.url));
const SERVER = fileURLToPath(
  new URL(
    '../../packages/gateway/src/enforcement/upstream/testing/changing-stdio-server.ts',
    import.meta.url,
  ),
);
const KEY = `blf_${'packages_prober_'.padEnd(43, '0')}`;
const READY_TIMEOUT_MS = 150_000;
const DELIVERED_TIMEOUT_MS = 60_000;
const authorization = `Bearer ${KEY}`;

async function onDisk(folder: string) {
  await cp(POLICY, join(folder, 'policy'), { recursive: true });
  await mkdir(join(folder, 'policy/packages'));
  const release = {
    name: 'packages',
    version: '1.0.0',
    catalogue: 'catalogue.yaml',
    bundles: { identity: { path: 'identity' }, resource: { path: 'resource' } },
    packages: ['packages/*'],
  };
  await writeFile(join(folder, 'policy/release.yaml'), JSON.stringify(release));
  const file = join(folder, 'bailiff.yaml');
  const sha256 = hash('sha256', KEY);
  const prober = { id: 'prober', sha256, agent: 'prober', agent_version: '1.0.0', user: 'pia' };
  const configuration = {
    listen: { port: 0 },
    data_dir: 'data',
    policy: { directory: 'policy' },
    engine: { kind: ENGINE, deadline_ms: 10_000 },
    identity: { api_keys: [{ ...prober, permissions: ['operator'] }] },
  };
  await writeFile(file, JSON.stringify(configuration));
  await lendVerdicts(join(folder, 'data'));
  return loadConfiguration(file);
}

interface Weather {
  readonly version: string;
  /** Cities that its bundle refuses. */
  readonly refuses: readonly string[];
  readonly blastRadius: string;
  readonly pins?: Readonly<Record<string, string>>;
  /** Says of the rule that it is what its test expects. */
  readonly tested?: string;
}

/** Puts the package into the policy folder, in one step, as it is now to be. */
async function drop(folder: string, weather: Weather): Promise<void> {
  const { version, refuses, blastRadius, pins, tested = refuses[0] } = weather;
  const draft = await mkdtemp(join(folder, 'draft-'));
  await mkdir(join(draft, 'bundle'));
  const touched = { effects: ['read'], blast_radius: blastRadius };
  const manifest = {
    kind: 'server',
    name: 'weather',
    version,
    owner: 'sky',
    server: { transport: 'stdio', command: 'node', args: [SERVER, version] },
    catalogue: { title: 'Weather', tools: { forecast: touched, version: touched, slow: touched } },
    ...(pins && { tool_pins: pins }),
  };
  const files = {
    'bailiff.package.yaml': JSON.stringify(manifest),
    'bundle/bundle.yaml': `name: servers/weather\nversion: ${version}\nowner: sky\n`,
    'bundle/weather.rego': `package servers.weather

# METADATA
# title: Cities that nobody may ask for
# custom:
#   owner: sky
#   reason: city_refused
deny contains "city" if input.action.args.city in ${JSON.stringify(refuses)}
`,
    'bundle/weather_test.rego': `package servers.weather_test

import data.servers.weather

test_it_is_refused if "city" in weather.deny with input.action.args.city as ${JSON.stringify(tested)}
`,
  };
  for (const [path, text] of Object.entries(files)) await writeFile(join(draft, path), text);
  const place = join(folder, 'policy/packages/weather');
  await rename(place, join(draft, 'before')).catch(() => undefined); // There is none at first.
  await rename(draft, place);
}

async function asked(gateway: Gateway, path: string, body?: object): Promise<JsonObject> {
  const response = await fetch(`${gateway.url}${path}`, {
    headers: { authorization, 'content-type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  return (await response.json()) as JsonObject;
}

const stored = (gateway: Gateway) =>
  asked(gateway, `/v1/releases/${encodeURIComponent(gateway.policyVersion())}`);

async function connect(gateway: Gateway): Promise<Client> {
  const client = new Client({ name: 'packages', version: '1' });
  const url = new URL(`${gateway.url}/mcp/weather`);
  // The SDK’s own types clash with exactOptionalPropertyTypes.
  await client.connect(
    new StreamableHTTPClientTransport(url, { requestInit: { headers: { authorization } } }) as never,
  );
  return client;
}

/** What a tool says, or the reasons why it was refused. */
async function call(gateway: Gateway, name: string, city?: string): Promise<unknown> {
  const client = await connect(gateway);
  try {
    const args = city === undefined ? {} : { city };
    const result = CallToolResultSchema.parse(await client.callTool({ name, arguments: args }));
    return result.isError ? result.structuredContent?.reasons : result.content[0];
  } finally {
    await client.close();
  }
}

const text = (said: string) => ({ type: 'text', text: said });

test('a package that is dropped into the policy folder is one thing: reachable and governed at once, held back whole, taken back whole', async () => {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-packages-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const loaded = await onDisk(folder);
  const gateway = opened.use(await openGateway(loaded, { opa: opaPath(), logLevel: 'silent' }));
  await gateway.whenReady(AbortSignal.timeout(READY_TIMEOUT_MS));
  const delivered = async (weather: Weather) => {
    const before = gateway.policyVersion();
    await drop(folder, weather);
    await until(
      'another release decides',
      async () => gateway.policyVersion() !== before,
      DELIVERED_TIMEOUT_MS,
    );
    await gateway.whenReady(AbortSignal.timeout(READY_TIMEOUT_MS));
    return gateway.policyVersion();
  };
  const rollBack = async (body: object) => {
    await asked(gateway, '/v1/releases/rollback', body);
    await gateway.whenReady(AbortSignal.timeout(READY_TIMEOUT_MS));
  };
  const statusNow = async () => ReleaseStatus.parse(await asked(gateway, '/v1/releases/status'));
  await expect(call(gateway, 'version')).rejects.toThrow();

  // It is reachable, and its bundle governs it.
  const first = await delivered({ version: '1.4.0', refuses: ['Atlantis'], blastRadius: 'low' });
  expect(await call(gateway, 'version')).toEqual(text('1.4.0'));
  expect(await call(gateway, 'forecast', 'Bonn')).toMatchObject({ type: 'text' });
  expect(await call(gateway, 'forecast', 'Atlantis')).toEqual(['city_refused']);

  // Its test fails: nothing of it is taken, and what it launches least of all.
  const broken = { version: '1.4.9', refuses: ['Bern'], blastRadius: 'low', tested: 'Atlantis' };
  await drop(folder, broken);
  const heldParts = async () => Object.keys((await statusNow()).held);
  await until('it is held back', async () => (await heldParts()).length > 0, DELIVERED_TIMEOUT_MS);
  const { held, bundles } = await statusNow();
  expect(Object.keys(held)).toEqual(['packages/weather']);
  expect(held['packages/weather']).toMatchObject({
    check: 'tests',
    findings: [{ file: 'packages/weather/bundle/weather_test.rego' }],
  });
  expect(bundles.find(({ name }) => name === 'servers/weather')?.held).toMatchObject({ check: 'tests' });
  expect(gateway.policyVersion()).toBe(first);
  expect(await call(gateway, 'version')).toEqual(text('1.4.0'));
  expect(await call(gateway, 'forecast', 'Bern')).toMatchObject({ type: 'text' });

  // Mended, everything of it is another: launch, catalogue, pins and rules.
  const before = await stored(gateway);
  const tools = await connect(gateway).then(async (client) => {
    const listed = await client.listTools();
    await client.close();
    return listed.tools;
  });
  const pins = Object.fromEntries(
    tools
      .filter(({ name }) => name !== 'slow')
      .map((tool) => [tool.name, digestOfDefinition(tool as unknown as JsonObject) ?? '']),
  );
  await delivered({ version: '1.5.0', refuses: ['Bern'], blastRadius: 'high', pins });
  expect(await heldParts()).toEqual([]);
  expect(await call(gateway, 'version')).toEqual(text('1.5.0'));
  expect(await call(gateway, 'forecast', 'Bern')).toEqual(['city_refused']);
  expect(await call(gateway, 'slow')).toEqual(['tool_quarantined']);
  const changed = await asked(
    gateway,
    `/v1/releases/${encodeURIComponent(first)}/diff?from=${encodeURIComponent(gateway.policyVersion())}`,
  );
  for (const list of ['bundles', 'launches', 'tool_pins', 'catalogue'])
    expect(changed[list], list).not.toEqual([]);

  // One rollback takes all of it back, and what was taken back stays away.
  await rollBack({ reason: 'The new one says nothing of Bern.' });
  expect(gateway.policyVersion()).toBe(first);
  expect((await stored(gateway)).release).toEqual(before.release);
  expect(await call(gateway, 'version')).toEqual(text('1.4.0'));
  expect(await call(gateway, 'slow')).toEqual(text('slow 1.4.0'));
  expect(await call(gateway, 'forecast', 'Bern')).toMatchObject({ type: 'text' });
  expect(await call(gateway, 'forecast', 'Atlantis')).toEqual(['city_refused']);
  await asked(gateway, '/v1/releases/pull', {});
  expect(gateway.policyVersion()).toBe(first);

  // Taken back to before there was any, the server is gone with it, though the folder lies there.
  const [oldest] = (await statusNow()).activations;
  await rollBack({ reason: 'No weather.', to: oldest?.policy_version });
  await expect(call(gateway, 'version')).rejects.toThrow();
  await asked(gateway, '/v1/releases/pull', {});
  expect(gateway.policyVersion()).toBe(oldest?.policy_version);
}, 360_000);
