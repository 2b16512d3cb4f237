import { hash } from 'node:crypto';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { expect, test } from 'vitest';
import { opaPath } from '../../packages/gateway/src/commands/places.ts';
import { approve, tellServers } from '../../packages/gateway/src/commands/tools/tools.ts';
import { loadConfiguration } from '../../packages/gateway/src/config.ts';
import { openGateway } from '../../packages/gateway/src/main.ts';
import { readRecord } from './faults/record.ts';
import { ENGINE, lendVerdicts } from './test-engine.ts';

const POLICY = fileURLToPath(new URL('../front-door/policy', import.meta.url));
const SERVER = fileURLToPath(
  new URL(
    '../../packages/gateway/src/enforcement/upstream/testing/changing-stdio-server.ts',
    import.meta.url,
  ),
);
const KEY = `blf_${'tool_pins_prober_'.padEnd(43, '0')}`;
const READY_TIMEOUT_MS = 150_000;

/** A company of one server that is part of the release, and changes its tool after two calls. */
async function onDisk(folder: string) {
  await cp(POLICY, join(folder, 'policy'), { recursive: true });
  const weather = { transport: 'stdio', command: 'node', args: [SERVER, '1.4.0', '2'], region: 'eu-west' };
  const release = {
    name: 'pins',
    version: '1.0.0',
    catalogue: 'catalogue.yaml',
    bundles: { identity: { path: 'identity' }, resource: { path: 'resource' } },
    servers: { weather },
    servers_without_bundle: ['weather'],
  };
  const lines = Object.entries(release).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  await writeFile(join(folder, 'policy/release.yaml'), lines.join(''));
  const file = join(folder, 'bailiff.yaml');
  const api_keys = [
    { id: 'prober', sha256: hash('sha256', KEY), agent: 'prober', agent_version: '1.0.0', user: 'pia' },
  ];
  const configuration = {
    listen: { port: 0 },
    data_dir: 'data',
    policy: { directory: 'policy' },
    engine: { kind: ENGINE, deadline_ms: 10_000 },
    identity: { api_keys },
  };
  await writeFile(file, JSON.stringify(configuration));
  await lendVerdicts(join(folder, 'data'));
  return loadConfiguration(file);
}

test('a tool that changes after it was approved is denied on the record, with the call’s whole input, and never runs again', async () => {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-pins-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const loaded = await onDisk(folder);
  const [before] = await tellServers('weather', loaded);
  await approve({ server: 'weather', tools: [], digest: before?.digest, ask: undefined }, loaded);

  const gateway = opened.use(await openGateway(loaded, { opa: opaPath(), logLevel: 'silent' }));
  await gateway.whenReady(AbortSignal.timeout(READY_TIMEOUT_MS));
  const client = new Client({ name: 'pins', version: '1' });
  const requestInit = { headers: { authorization: `Bearer ${KEY}` } };
  const url = new URL(`${gateway.url}/mcp/weather`);
  // The SDK’s own types clash with exactOptionalPropertyTypes.
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit }) as never);
  opened.defer(() => client.close());
  const call = async (city: string) =>
    CallToolResultSchema.parse(await client.callTool({ name: 'forecast', arguments: { city } }));

  expect(await call('Bonn')).not.toHaveProperty('isError');
  expect(await call('Bern')).not.toHaveProperty('isError');
  const refused = await call('Rome');
  expect(refused).toMatchObject({ isError: true, structuredContent: { reasons: ['tool_quarantined'] } });
  const names = (await client.listTools()).tools.map(({ name }) => name);
  expect(names).toStrictEqual(['version', 'slow']);

  const { decisions, outcomes } = readRecord(join(folder, 'data/decisions.db'));
  const denied = [...decisions.values()].filter(({ answer }) => answer.outcome === 'deny');
  expect(denied).toMatchObject([
    {
      answer: {
        reasons: ['tool_quarantined'],
        metadata: { failures: [{ kind: 'tool_quarantined', subject: 'weather.forecast: changed' }] },
      },
      input: { action: { tool: 'weather.forecast', args: { city: 'Rome' }, region: 'eu-west' } },
    },
  ]);
  expect(outcomes.get(denied[0]?.decision_id ?? '')).toMatchObject({ result: 'refused' });
}, 240_000);
