import { type Answer, type Call, type CallContext, Failure, type Release } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { createActiveRelease } from '../../distribution/active-release.ts';
import { allow } from '../../protocol/mcp/testing/answers.ts';
import { unlessQuarantined } from './quarantine.ts';

const { signal } = new AbortController();
const PINS = { crm: { read: '0'.repeat(64) }, agents: { refund_bot: '0'.repeat(64) } };

/** What the decision API is asked about; the fields that this looks at. */
const asked = (changes: Partial<Call> = {}) =>
  ({
    ...{ decisionId: 'd-1', type: 'tool_call', target: { kind: 'tool', id: 'crm.read' }, server: 'crm' },
    ...{ toolName: 'read', bytes: undefined, given: { simulated: false, trusted: false, input: {} } },
    ...changes,
  }) as unknown as Call;

/** What becomes of an allow, the server of crm listing tools as `find` says. */
async function ended(
  call: Call,
  find: (name: string) => Promise<{ id: string; json: string } | undefined>,
  served: readonly string[] = ['crm'],
) {
  const releases = createActiveRelease({ clock: () => 1_000 });
  const data = { tool_pins: PINS, launches: {} };
  releases.activate({ policyVersion: '1', digest: '1', data, servers: {} } as unknown as Release);
  const allowed = allow('d-1');
  const answer = { ...allowed, metadata: { ...allowed.metadata, policy_version: '1' } } as Answer;
  const spokenTo: unknown[] = [];
  const upstream = {
    findToolNow: async (name: string, conversation: unknown) => {
      spokenTo.push(conversation);
      return (await find(name)) as never;
    },
  };
  const decision = { answer, engine: 'none', releaseDigest: '', decisionMs: 0 } as const;
  const ports = { upstreams: new Map(served.map((server) => [server, upstream])), releases, signal };
  const { answer: said } = await unlessQuarantined(decision, { call } as CallContext, ports);
  return { said, spokenTo };
}

const CHANGED = async (id = 'read') => ({ id, json: `{"name":"${id}","inputSchema":{}}` });

test.each([
  false,
  true,
])('a tool that is not as it was approved is refused by the decision API too, simulated: %s', async (simulated) => {
  const { said, spokenTo } = await ended(asked({ given: { simulated, trusted: false, input: {} } }), CHANGED);
  expect(said).toMatchObject({
    outcome: 'deny',
    reasons: ['tool_quarantined'],
    metadata: { failures: [{ kind: 'tool_quarantined', subject: 'crm.read: changed' }] },
  });
  expect(spokenTo, 'nobody is spoken to in the name of whom it is about').toEqual([undefined]);
});

test('a decision that somebody carries out is none where the server cannot be asked; a simulated one stands', async () => {
  const unreachable = async () => {
    throw new Failure('upstream_unavailable');
  };
  await expect(ended(asked(), unreachable)).rejects.toMatchObject({ code: 'upstream_unavailable' });
  expect((await ended(asked(simulatedly), unreachable)).said.outcome).toBe('allow');
});

const UNLISTED = async () => undefined;
const simulatedly = { given: { simulated: true, trusted: false, input: {} } };

test.each([
  false,
  true,
])('a tool of a pinned server that nobody approved is refused by the decision API, listed to anybody or not, simulated: %s', async (simulated) => {
  const tool = { toolName: 'wipe', target: { kind: 'tool', id: 'crm.wipe' } } as const;
  const wipe = asked({ ...tool, given: { simulated, trusted: false, input: {} } });
  for (const served of [['crm'], []]) {
    expect((await ended(wipe, UNLISTED, served)).said).toMatchObject({
      outcome: 'deny',
      reasons: ['tool_quarantined'],
      metadata: { failures: [{ kind: 'tool_quarantined', subject: 'crm.wipe: new' }] },
    });
  }
});

/** As the decision API describes a call of a subagent: it names no server. */
const subagent = (id: string, changes: Partial<Call> = {}) =>
  asked({
    ...{ type: 'subagent_call', target: { kind: 'subagent', id }, server: '', toolName: '', subagent: id },
    ...changes,
  });

test.each([
  ['the decision API', {}],
  ['the decision API, simulated', { given: { simulated: true, trusted: false, input: {} } }],
  ['the gateway itself', { given: undefined, server: 'agents', bytes: new Uint8Array(1) }],
])('a subagent is held to the pins of the server agents by %s', async (_who, changes) => {
  const quarantined = (cause: string) => ({
    outcome: 'deny',
    reasons: ['tool_quarantined'],
    metadata: { failures: [{ kind: 'tool_quarantined', subject: cause }] },
  });
  const refunds = await ended(subagent('refund_bot', changes), CHANGED, ['agents']);
  expect(refunds.said).toMatchObject(quarantined('agents.refund_bot: changed'));
  const wipes = await ended(subagent('wipe_bot', changes), CHANGED, ['agents']);
  expect(wipes.said).toMatchObject(quarantined('agents.wipe_bot: new'));
});

test('a pinned subagent that cannot be compared is not allowed to whoever carries it out', async () => {
  await expect(ended(subagent('refund_bot'), CHANGED, [])).rejects.toMatchObject({
    code: 'upstream_unavailable',
  });
  await expect(ended(subagent('refund_bot'), UNLISTED, ['agents'])).rejects.toMatchObject({
    code: 'upstream_invalid',
  });
});

test('an approved tool that is not listed, or whose server is not served here, is not allowed to whoever carries it out', async () => {
  await expect(ended(asked(), UNLISTED)).rejects.toMatchObject({ code: 'upstream_invalid' });
  await expect(ended(asked(), CHANGED, [])).rejects.toMatchObject({ code: 'upstream_unavailable' });
});

test('an approved tool that cannot be compared stays allowed where nobody runs it, or the gateway would', async () => {
  const forwarded = asked({ given: undefined, bytes: new Uint8Array(1) });
  const unknown = asked({ given: undefined, carryOut: () => Promise.reject(new Failure('unknown_tool')) });
  for (const call of [asked(simulatedly), forwarded, unknown]) {
    expect((await ended(call, UNLISTED)).said.outcome).toBe('allow');
    expect((await ended(call, CHANGED, [])).said.outcome).toBe('allow');
  }
});

test('what is no tool, and a server that is not pinned, is decided by policy alone', async () => {
  expect((await ended(asked({ type: 'model_call' }), CHANGED)).said.outcome).toBe('allow');
  expect((await ended(asked({ server: 'mail' }), CHANGED)).said.outcome).toBe('allow');
});
