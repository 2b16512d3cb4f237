import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { decodeJwt, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEMO_KEYS } from '../../examples/acme/demo.ts';
import {
  type DevelopmentClaims,
  issueDevelopmentToken,
} from '../../packages/gateway/src/context/development-issuer.ts';
import { McpClient, type Told } from './faults/mcp-client.ts';
import { bearer, openCompany, type RunningCompany } from './gateway.ts';

let company: RunningCompany;
beforeAll(async () => {
  company = await openCompany();
}, 180_000);
afterAll(() => company?.[Symbol.asyncDispose]());

const SUPPORT: Who = { agentId: 'support-bot', agentVersion: '3.2.0' };
const PLANNER: Who = { agentId: 'planner-bot', agentVersion: '1.0.0', chain: ['support-bot'] };
const REFUNDER: Who = { agentId: 'refund-bot', agentVersion: '1.0.0', chain: ['support-bot', 'planner-bot'] };
const REFUND = { payment_id: 19, amount_cents: 1_500, reason: 'Damaged parcel' };
const PAYOUT = { iban: 'DE02120300000000202051', amount_cents: 5_000, reference: 'Refund 3' };

type Who = Pick<DevelopmentClaims, 'agentId' | 'agentVersion'> & Partial<DevelopmentClaims>;

const tokenOf = (who: Who, { dataDirectory } = company): Promise<string> =>
  issueDevelopmentToken(
    { userId: 'mara', chain: [], conversation: '', permissions: [], lifetimeSeconds: 300, ...who },
    dataDirectory,
    Date.now,
  );

async function connected(who: Who, server: string, at = company): Promise<Client> {
  const client = new Client({ name: 'subagents-test', version: '1.0.0' });
  const requestInit = { headers: { authorization: `Bearer ${await tokenOf(who, at)}` } };
  const url = new URL(`/mcp/${server}`.replace(/\/$/, ''), at.gateway.url);
  const transport = new StreamableHTTPClientTransport(url, { requestInit });
  await client.connect(transport as Parameters<Client['connect']>[0]); // its own types disagree on optional fields
  return client;
}

async function toolsSeenBy(who: Who, server: string): Promise<string[]> {
  const client = await connected(who, server);
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
}

async function called(who: Who, server: string, tool: string, args: object, at = company): Promise<Told> {
  const client = await McpClient.open(at.gateway.url, { key: await tokenOf(who, at), server });
  return client.call(tool, args);
}

interface RecordedDecision {
  readonly kind: string;
  readonly principal: { readonly agent: string; readonly user: string; readonly chain?: readonly string[] };
  readonly input: { readonly agent: { readonly chain: readonly string[] }; readonly action: object };
  readonly answer: { readonly outcome: string; readonly reasons: readonly string[] };
}

async function recordOf(decisionId: string): Promise<RecordedDecision> {
  const response = await fetch(`${company.gateway.url}/v1/decisions/${decisionId}`, {
    headers: bearer('operator'),
  });
  const { entries } = (await response.json()) as { entries: { entry: RecordedDecision }[] };
  const found = entries.map(({ entry }) => entry).find(({ kind }) => kind === 'decision');
  if (found === undefined) throw new Error(`No decision ${decisionId} on the record.`);
  return found;
}

async function decisionsOf(agent: string): Promise<{ decision_id: string; outcome: string; tool: string }[]> {
  const response = await fetch(`${company.gateway.url}/v1/decisions?limit=100&agent=${agent}`, {
    headers: bearer('operator'),
  });
  return ((await response.json()) as { decisions: { decision_id: string; outcome: string; tool: string }[] })
    .decisions;
}

test('each agent sees the subagents that its scope reaches and that it may ask, and no others', async () => {
  expect(await toolsSeenBy(SUPPORT, 'agents')).toEqual(['planner']);
  expect(await toolsSeenBy(PLANNER, 'agents')).toEqual(['refund_bot']);
  expect(await toolsSeenBy(REFUNDER, 'agents')).toEqual([]);
  const everywhere = await toolsSeenBy({ ...SUPPORT }, '');
  expect(everywhere.filter((name) => name.startsWith('agents__'))).toEqual(['agents__planner']);
});

test('a subagent that is out of reach is answered byte for byte like one that does not exist', async () => {
  for (const who of [{ agentId: 'sales-bot', agentVersion: '2.0.1', userId: 'sven' }, SUPPORT, REFUNDER]) {
    const unreachable = await called(who, 'agents', 'refund_bot', REFUND);
    const absent = await called(who, 'agents', 'no_such_agent', REFUND);
    const odd = await called(who, 'agents', 'Refund-Bot', REFUND);
    const bytesOf = ({ text, decisionId }: Told) =>
      text.replaceAll(decisionId, '').replace(/"id":"[0-9a-f-]{36}"/, '"id":""');
    expect(bytesOf(unreachable)).toContain('unknown_tool');
    expect(bytesOf(unreachable)).toBe(bytesOf(absent));
    expect(bytesOf(odd)).toBe(bytesOf(absent));
  }
});

test('a task goes from agent to agent, each call by its own agent with everybody before it in its chain', async () => {
  const client = await connected(SUPPORT, 'agents');
  const result = await client.callTool({ name: 'planner', arguments: { ...REFUND, payment_id: 23 } });
  await client.close();
  expect(result.isError, JSON.stringify(result.content)).not.toBe(true);
  expect(JSON.stringify(result.content)).toContain('refund_bot: payments:');
  const [asked] = await decisionsOf('planner-bot');
  expect(await recordOf(asked?.decision_id ?? '')).toMatchObject({
    principal: { agent: 'planner-bot', user: 'mara' },
    input: {
      agent: { id: 'planner-bot', chain: ['support-bot'] },
      action: {
        type: 'subagent_call',
        subagent: 'refund_bot',
        target: { kind: 'subagent', id: 'refund_bot' },
        server: 'agents',
        tool: 'agents.refund_bot',
        effects: ['write'],
        region: 'eu-central',
      },
    },
    answer: { outcome: 'allow' },
  });
  const [refunded] = await decisionsOf('refund-bot');
  expect(await recordOf(refunded?.decision_id ?? '')).toMatchObject({
    principal: { agent: 'refund-bot', user: 'mara' },
    input: {
      agent: { id: 'refund-bot', chain: ['support-bot', 'planner-bot'] },
      user: { id: 'mara', groups: ['support-tier-2'] },
      action: { type: 'tool_call', tool: 'payments.refund', subagent: '' },
    },
    answer: { outcome: 'allow' },
  });
});

test('a subagent that widens what it was handed is refused, and its tool is not even there', async () => {
  const alone = { ...REFUNDER, chain: [] };
  expect(await toolsSeenBy(alone, 'payments')).toEqual(expect.arrayContaining(['payout', 'refund']));
  expect(await called(alone, 'payments', 'payout', PAYOUT)).toMatchObject({
    reasons: ['payout_needs_approval'],
  });
  expect(await toolsSeenBy(REFUNDER, 'payments')).toEqual(['balance', 'refund']);
  const refused = await called(REFUNDER, 'payments', 'payout', PAYOUT);
  expect(refused.reasons).toEqual(['unknown_tool']);
  expect((await recordOf(refused.decisionId)).answer.reasons).toEqual(['outside_capabilities']);
});

test.each([
  ['an agent that nobody registered', ['support-bot', 'shadow-bot'], 'delegation_unregistered'],
  ['an agent that was switched off', ['legacy-bot'], 'delegation_disabled'],
  ['the agent itself', ['support-bot', 'refund-bot'], 'delegation_loop'],
  [
    'more agents than may hand on',
    ['support-bot', 'planner-bot', 'ops-bot', 'sales-bot'],
    'delegation_too_deep',
  ],
])('a chain with %s is refused with its reason', async (_what, chain, reason) => {
  const refused = called({ ...REFUNDER, chain }, 'payments', 'refund', REFUND);
  await expect(refused).rejects.toThrow(reason);
});

test('the bundle of a subagent governs its arguments, and not those of another', async () => {
  const over = await called(PLANNER, 'agents', 'refund_bot', { ...REFUND, amount_cents: 5_001 });
  expect(over).toMatchObject({ kind: 'refused', reasons: ['subagent_amount_over_limit'] });
  const unknown = await called(PLANNER, 'agents', 'refund_bot', { ...REFUND, iban: PAYOUT.iban });
  expect(unknown).toMatchObject({ kind: 'refused', reasons: ['subagent_argument_unknown'] });
  const planned = await called(SUPPORT, 'agents', 'planner', { ...REFUND, amount_cents: 5_001 });
  expect(planned.reasons).toEqual([]);
  expect(planned.text).toContain('subagent_amount_over_limit');
});

test('a version that the release does not list is refused with that reason, whatever it asks for', async () => {
  for (const agentVersion of ['3.1.9', ''])
    for (const server of ['agents', 'crm'])
      await expect(called({ ...SUPPORT, agentVersion }, server, 'planner', {})).rejects.toThrow(
        'agent_version_not_in_release',
      );
  const decided = await fetch(`${company.gateway.url}/v1/decisions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await tokenOf({ ...SUPPORT, agentVersion: '3.1.9' })}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ action: { type: 'tool_call', tool: 'crm.read', args: { id: 7 } } }),
  });
  expect(await decided.json()).toMatchObject({
    outcome: 'deny',
    reasons: ['agent_version_not_in_release'],
    denied_scope: 'this_agent',
    retryable: false,
  });
});

test('a chain that nobody signed is refused with its token', async () => {
  const claims = decodeJwt(await tokenOf({ ...REFUNDER, chain: [] }));
  const unsigned = new UnsecuredJWT({ ...claims, agent_chain: ['ops-bot'] }).encode();
  const [head = '', , signature = ''] = (await tokenOf(REFUNDER)).split('.');
  const body = Buffer.from(JSON.stringify({ ...claims, agent_chain: ['ops-bot'] })).toString('base64url');
  for (const forged of [unsigned, `${head}.${body}.${signature}`])
    await expect(McpClient.open(company.gateway.url, { key: forged, server: 'payments' })).rejects.toThrow(
      '401',
    );
});

test('a chain that the caller claims beside its credential is no chain', async () => {
  const headers = {
    'x-agent-chain': 'ops-bot',
    'agent-chain': '["ops-bot"]',
    'bailiff-agent-chain': 'ops-bot',
  };
  const key = await tokenOf(REFUNDER);
  const client = await McpClient.open(company.gateway.url, { key, server: 'payments', headers });
  const params = {
    name: 'balance',
    arguments: { customer_id: 7 },
    _meta: { agent_chain: [], 'bailiff/chain': [] },
  };
  const { decisionId, kind } = await client.request('tools/call', params);
  expect(kind).toBe('done');
  const { input } = await recordOf(decisionId);
  expect(input.agent.chain).toEqual(['support-bot', 'planner-bot']);
  const withArgument = await client.call('payout', { ...PAYOUT, agent_chain: [] });
  expect(withArgument.reasons).toEqual(['unknown_tool']);
});

test('the decision API takes no other chain from its body, unless the credential may decide for others', async () => {
  const ask = async (authorization: string, agent: object) => {
    const response = await fetch(`${company.gateway.url}/v1/decisions`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ agent, action: { type: 'tool_call', tool: 'payments.payout', args: PAYOUT } }),
    });
    return { status: response.status, text: await response.text() };
  };
  const own = `Bearer ${await tokenOf(REFUNDER)}`;
  for (const chain of [[], ['ops-bot'], ['planner-bot', 'support-bot']]) {
    const { status, text } = await ask(own, { chain });
    expect(status).toBe(403);
    expect(text).toContain('agent.chain');
  }
  expect(JSON.parse((await ask(own, { chain: REFUNDER.chain })).text)).toMatchObject({
    reasons: ['outside_capabilities'],
  });
  const others = { id: 'refund-bot', chain: ['support-bot'] };
  const { text } = await ask(`Bearer ${DEMO_KEYS.operator}`, others);
  expect(JSON.parse(text)).toMatchObject({ outcome: 'deny' });
});

test('a key carries no chain, so that nobody acts for another with it', async () => {
  const client = await McpClient.open(company.gateway.url, {
    key: DEMO_KEYS['ops-bot for omar'],
    server: 'crm',
  });
  const { decisionId } = await client.request('tools/call', { name: 'search', arguments: { text: 'weber' } });
  expect((await recordOf(decisionId)).input.agent.chain).toEqual([]);
});

test('a subagent that destroys more than it was reviewed for is refused by its own bundle', async () => {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'bailiff-policy-'));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  await cp(fileURLToPath(new URL('../../examples/acme/policy', import.meta.url)), directory, {
    recursive: true,
  });
  const file = join(directory, 'packages/refund-bot/bailiff.package.yaml');
  const text = await readFile(file, 'utf8');
  const riskier = text.replace('effects: [write]', 'effects: [write, destructive]');
  expect(riskier).not.toBe(text);
  await writeFile(file, riskier);
  const other = opened.use(await openCompany((same) => ({ ...same, policy: { ...same.policy, directory } })));
  const refused = await called(PLANNER, 'agents', 'refund_bot', REFUND, other);
  expect(refused).toMatchObject({ kind: 'refused', reasons: ['subagent_effect_not_reviewed'] });
}, 180_000);
