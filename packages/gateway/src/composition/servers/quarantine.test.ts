import { type Answer, type Call, type CallContext, Failure, type Release } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { createActiveRelease } from '../../distribution/active-release.ts';
import { allow } from '../../protocol/mcp/testing/answers.ts';
import { unlessQuarantined } from './quarantine.ts';

const { signal } = new AbortController();
const PINS = { crm: { read: '0'.repeat(64) } };

/** What the decision API is asked about; the fields that this looks at. */
const asked = (changes: Partial<Call> = {}) =>
  ({
    ...{ decisionId: 'd-1', type: 'tool_call', target: { kind: 'tool', id: 'crm.read' }, server: 'crm' },
    ...{ toolName: 'read', bytes: undefined, given: { simulated: false, trusted: false, input: {} } },
    ...changes,
  }) as unknown as Call;

/** What becomes of an allow, the server of crm listing tools as `find` says. */
async function ended(call: Call, find: () => Promise<{ id: string; json: string } | undefined>) {
  const releases = createActiveRelease({ clock: () => 1_000 });
  const data = { tool_pins: PINS, launches: {} };
  releases.activate({ policyVersion: '1', digest: '1', data, servers: {} } as unknown as Release);
  const allowed = allow('d-1');
  const answer = { ...allowed, metadata: { ...allowed.metadata, policy_version: '1' } } as Answer;
  const spokenTo: unknown[] = [];
  const upstream = {
    findToolNow: async (_name: string, conversation: unknown) => {
      spokenTo.push(conversation);
      return (await find()) as never;
    },
  };
  const decision = { answer, engine: 'none', releaseDigest: '', decisionMs: 0 } as const;
  const ports = { upstreams: new Map([['crm', upstream]]), releases, signal };
  const { answer: said } = await unlessQuarantined(decision, { call } as CallContext, ports);
  return { said, spokenTo };
}

const CHANGED = async () => ({ id: 'read', json: '{"name":"read","inputSchema":{}}' });

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
  const simulated = asked({ given: { simulated: true, trusted: false, input: {} } });
  expect((await ended(simulated, unreachable)).said.outcome).toBe('allow');
});

test('what is no tool, and a server that is not pinned, is decided by policy alone', async () => {
  expect((await ended(asked({ type: 'model_call' }), CHANGED)).said.outcome).toBe('allow');
  expect((await ended(asked({ server: 'mail' }), CHANGED)).said.outcome).toBe('allow');
});
