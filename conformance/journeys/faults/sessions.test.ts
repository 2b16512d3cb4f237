import { afterAll, beforeAll, expect, test } from 'vitest';
import { stopProcess } from '../../../packages/gateway/src/decision/testing/stopped-process.ts';
import { ONLY_SIDECAR } from '../test-engine.ts';
import { CountingUpstream } from './counting-upstream.ts';
import { copyOfPolicy, GatewayProcess, KEYS, temporaryFolder } from './gateway-process.ts';
import { envelope, McpClient, post, toldBy } from './mcp-client.ts';
import { until } from './processes.ts';
import { readRecord } from './record.ts';

/** Refuses whoever is not in the directory, whatever they ask for. */
const DENY_STRANGERS = `
# METADATA
# title: The agent is known
# description: Whoever is not in the directory is refused.
# custom:
#   owner: faults
#   reason: agent_unknown
#   message: This agent is not registered.
#   overridable: false
deny contains "unknown" if not data.policy.identity.agents[input.agent.id]
`;

const upstream = CountingUpstream.ofSuite();
let gateway: GatewayProcess;
const opened = new AsyncDisposableStack();
beforeAll(async () => {
  const folder = opened.use(await temporaryFolder());
  const directory = await copyOfPolicy(folder.path, {
    'identity/identity.rego': (text) => text + DENY_STRANGERS,
  });
  const configuration = { engine: { deadline_ms: 10_000 }, policy: { directory } };
  gateway = opened.use(await GatewayProcess.start({ upstream: upstream.url, configuration }));
  await gateway.whenReady();
});
afterAll(() => opened.disposeAsync());

const INITIALIZE = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'sessions', version: '1' },
};

test('a principal that is refused as such opens no session, and its decision is on the record', async () => {
  const headers = { authorization: `Bearer ${KEYS.stranger}` };
  const response = await post(`${gateway.url}/mcp/desk`, headers, envelope('initialize', INITIALIZE));
  expect(response.headers.get('mcp-session-id')).toBeNull();
  const told = await toldBy(response);
  expect(told).toMatchObject({ kind: 'failed', reasons: ['agent_unknown'] });
  expect(told.namedId).toBe(told.decisionId);
  const { decisions, outcomes } = readRecord(gateway.record);
  expect(decisions.get(told.decisionId)).toMatchObject({
    principal: { agent: 'stranger' },
    answer: { outcome: 'deny', reasons: ['agent_unknown'] },
    disclosure: 'principal',
    list: { candidates: 0, visible: [] },
  });
  await until('it is closed', () => readRecord(gateway.record).outcomes.size > outcomes.size - 1);
});

test('a session that is opened is on the record as a list that asked for nothing', async () => {
  const before = readRecord(gateway.record).decisions;
  await McpClient.open(gateway.url, { key: KEYS.clerk });
  const { decisions } = readRecord(gateway.record);
  const [entry, ...more] = [...decisions.values()].filter((one) => !before.has(one.decision_id));
  expect(more).toEqual([]);
  expect(entry).toMatchObject({
    principal: { agent: 'clerk' },
    answer: { outcome: 'allow', reasons: ['list_filtered'] },
    list: { candidates: 0 },
  });
});

test(
  'a client that leaves while policy is asked is not taken for a policy that is late',
  ONLY_SIDECAR,
  async () => {
    const client = await McpClient.open(gateway.url, { key: KEYS.clerk });
    const before = readRecord(gateway.record).decisions;
    const opa = await gateway.runningOpa();
    const inFlight = async () => {
      const headers = { authorization: `Bearer ${KEYS.operator}` };
      const text = await (await fetch(`${gateway.url}/metrics`, { headers })).text();
      return /^bailiff_calls_in_flight (\d+)$/m.exec(text)?.[1];
    };
    {
      using _stopped = await stopProcess(opa.pid);
      const leaving = new AbortController();
      const call = client.call('lookup', { number: 1 }, leaving.signal);
      await until('it is being decided', async () => (await inFlight()) === '1');
      leaving.abort();
      await expect(call).rejects.toThrow();
      await until('it is recorded', () => readRecord(gateway.record).decisions.size > before.size);
    }
    const [entry] = [...readRecord(gateway.record).decisions.values()].filter(
      (one) => !before.has(one.decision_id),
    );
    expect(entry?.answer).toMatchObject({ outcome: 'deny', reasons: ['client_gone'] });
    expect(upstream.calls).toHaveLength(0);
  },
);
