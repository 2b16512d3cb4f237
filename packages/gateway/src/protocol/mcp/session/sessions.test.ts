import type { Principal } from '@bailiff/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../../enforcement/testing/until.ts';
import { allow, deny } from '../testing/answers.ts';
import { callOf, type ScriptedCrm, startScriptedCrm } from '../testing/scripted-crm.ts';
import { INITIALIZE } from '../testing/test-gateway.ts';

let crm: ScriptedCrm;
beforeAll(async () => {
  crm = await startScriptedCrm();
});
afterAll(() => crm[Symbol.asyncDispose]());

describe('a session', () => {
  test('belongs to the principal and the route that opened it', async () => {
    await using gateway = await crm.start();
    const session = await gateway.open('crm', 'bot');
    expect(session).toMatch(/^[0-9a-f]{32}$/);
    const attempts = [
      gateway.send('crm', { session, who: 'other', body: callOf('call') }),
      gateway.send('desk', { session, who: 'bot', body: callOf('call') }),
      gateway.send('crm', { session: 'f'.repeat(32), body: callOf('call') }),
      gateway.send('crm', { session, who: 'other', method: 'DELETE' }),
      gateway.send('desk', { session, method: 'DELETE' }),
    ];
    for (const { status, json } of await Promise.all(attempts)) {
      expect(status).toBe(404);
      expect(json.error.data.failure).toBe('session_unknown');
    }
    expect(gateway.calls).toHaveLength(0);
    expect((await gateway.send('crm', { session, body: callOf('call') })).status).toBe(200);
  });

  test('goes on under another release, which decides its opening anew once', async () => {
    let release = 'one';
    await using gateway = await crm.start({ release: () => release });
    const session = await gateway.open('crm');
    release = 'two';
    const { status } = await gateway.send('crm', { session, body: callOf('call') });
    expect([status, gateway.openings.length, gateway.calls.length]).toStrictEqual([200, 2, 1]);
    await gateway.send('crm', { session, body: callOf('call') });
    expect([gateway.openings.length, gateway.calls.length]).toStrictEqual([2, 2]);
  });

  test('ends where another release refuses its principal, before anything is done for it', async () => {
    let release = 'one';
    await using gateway = await crm.start({
      release: () => release,
      opens: ({ decisionId }) => (release === 'one' ? allow(decisionId) : deny(decisionId)),
    });
    const session = await gateway.open('crm');
    release = 'two';
    const { status, json } = await gateway.send('crm', { session, body: callOf('call') });
    expect([status, json.error.data.failure]).toStrictEqual([404, 'session_unknown']);
    release = 'one';
    expect((await gateway.send('crm', { session, body: callOf('call') })).status).toBe(404);
    expect(gateway.calls).toHaveLength(0);
  });

  test.each<[string, Partial<Principal>]>([
    ['version of the agent', { agentVersion: '9.9.9' }],
    ['conversation', { conversation: 'c-2' }],
    ['chain of delegation', { chain: ['planner', 'other'] }],
    ['user', { userId: 'lee' }],
    ['issuer', { issuer: 'https://other.example' }],
    ['agent', { agentId: 'other' }],
  ])('is unknown to a credential for another %s', async (_what, difference) => {
    const own = { agentId: 'bot', agentVersion: '3.2.0', conversation: 'c-1', chain: ['planner'] };
    await using gateway = await crm.start({
      principals: { opening: own, presented: { ...own, ...difference } },
    });
    const session = await gateway.open('crm', 'opening');
    const { status, json } = await gateway.send('crm', { session, who: 'presented', body: callOf('call') });
    expect([status, json.error.data.failure]).toStrictEqual([404, 'session_unknown']);
    expect(gateway.calls).toHaveLength(0);
    expect((await gateway.send('crm', { session, who: 'opening', body: callOf('call') })).status).toBe(200);
  });

  test('goes on under a renewed credential, and each call is decided and recorded under the one presented', async () => {
    await using gateway = await crm.start({
      principals: {
        'token-one': { agentId: 'bot', permissions: new Set(['operator']) },
        'token-two': { agentId: 'bot' },
      },
    });
    const session = await gateway.open('crm', 'token-one');
    for (const who of ['token-one', 'token-two']) {
      expect((await gateway.send('crm', { session, who, body: callOf('call') })).status).toBe(200);
      await gateway.send('crm', { session, who, body: { jsonrpc: '2.0', id: 2, method: 'tools/list' } });
    }
    const asked = [...gateway.calls, ...gateway.lists].map(({ principal }) => principal);
    expect(asked.map(({ credentialId }) => credentialId)).toStrictEqual([
      'token-one',
      'token-two',
      'token-one',
      'token-two',
    ]);
    expect(asked.map(({ permissions }) => permissions.size)).toStrictEqual([1, 0, 1, 0]);
  });

  test('is never guessed, even when there is only one', async () => {
    await using gateway = await crm.start();
    await gateway.open('crm');
    for (const session of [undefined, '']) {
      const { status } = await gateway.send('crm', {
        body: callOf('call'),
        ...(session === undefined ? {} : { headers: { 'mcp-session-id': session } }),
      });
      expect(status).toBe(400);
    }
    expect(gateway.calls).toHaveLength(0);
  });

  test('speaks the revision it was opened with', async () => {
    await using gateway = await crm.start();
    const session = await gateway.open('crm');
    const with_ = (version: string) =>
      gateway.send('crm', { session, body: callOf('call'), headers: { 'mcp-protocol-version': version } });
    expect((await with_('2025-11-25')).status).toBe(200);
    expect((await with_('2024-11-05')).status).toBe(400);
    expect((await with_('2026-07-28')).json.error.code).toBe(-32602);
    expect(gateway.calls).toHaveLength(1);
  });

  test('ends when its client says so', async () => {
    await using gateway = await crm.start();
    const session = await gateway.open('crm');
    expect((await gateway.send('crm', { session, method: 'DELETE' })).status).toBe(204);
    expect((await gateway.send('crm', { session, body: callOf('call') })).status).toBe(404);
  });

  test('ends when it is idle for too long, and use keeps it', async () => {
    let now = 1_000;
    await using gateway = await crm.start({ monotonicMs: () => now, limits: { sessionIdleMs: 60_000 } });
    const session = await gateway.open('crm');
    now += 50_000;
    expect((await gateway.send('crm', { session, body: callOf('call') })).status).toBe(200);
    now += 50_000;
    expect((await gateway.send('crm', { session, body: callOf('call') })).status).toBe(200);
    now += 60_001;
    expect((await gateway.send('crm', { session, body: callOf('call') })).status).toBe(404);
  });

  test('gives way to newer ones beyond the bound', async () => {
    await using gateway = await crm.start({ limits: { sessionsMax: 4 } });
    const first = await gateway.open('crm', 'a');
    for (const who of ['b', 'c', 'd', 'e']) await gateway.open('crm', who);
    expect(gateway.sessions).toBe(4);
    const { status } = await gateway.send('crm', { session: first, who: 'a', body: callOf('call') });
    expect(status).toBe(404);
  });

  test('gives way only to its own principal’s newer ones, beyond an eighth of all', async () => {
    const version = (agentVersion: string) => ({ agentId: 'flood', agentVersion });
    await using gateway = await crm.start({
      limits: { sessionsMax: 16 },
      principals: { 'flood-a': version('1'), 'flood-b': version('2') },
    });
    const mine = await gateway.open('crm', 'bot');
    const running = gateway.send('crm', { session: mine, body: callOf('hang') });
    await until(() => crm.hanging === 1);
    const idle = await gateway.open('crm', 'other');
    const flood: string[] = [];
    for (let index = 0; index < 40; index += 1) {
      flood.push(await gateway.open('crm', index % 2 === 0 ? 'flood-a' : 'flood-b'));
    }
    expect(gateway.sessions).toBe(4);
    const statusOf = async (session: string | undefined, who: string) =>
      (await gateway.send('crm', { session: session ?? '', who, body: callOf('call') })).status;
    expect(await statusOf(idle, 'other')).toBe(200);
    expect(await statusOf(flood.at(-3), 'flood-b')).toBe(404);
    expect(await statusOf(flood.at(-2), 'flood-a')).toBe(200);
    expect(crm.hanging).toBe(1);
    // Use makes a session the last one to go.
    await gateway.open('crm', 'flood-b');
    expect(await statusOf(flood.at(-2), 'flood-a')).toBe(200);
    expect(await statusOf(flood.at(-1), 'flood-b')).toBe(404);
    await gateway.send('crm', { session: mine, method: 'DELETE' });
    await running;
  });

  test('with a running call gives way to nobody else’s: idle ones do, and without any no other is opened', async () => {
    await using gateway = await crm.start({ limits: { sessionsMax: 2 } });
    const oldest = await gateway.open('crm', 'a');
    const first = gateway.send('crm', { session: oldest, who: 'a', body: callOf('hang') });
    await until(() => crm.hanging === 1);
    const idle = await gateway.open('crm', 'b');
    const newest = await gateway.open('crm', 'c');
    expect((await gateway.send('crm', { session: idle, who: 'b', body: callOf('call') })).status).toBe(404);
    const second = gateway.send('crm', { session: newest, who: 'c', body: callOf('hang') });
    await until(() => crm.hanging === 2);
    const { status, json } = await gateway.send('crm', { body: INITIALIZE, who: 'd' });
    expect([status, json.error.data.failure]).toStrictEqual([503, 'overloaded']);
    expect([gateway.sessions, crm.hanging]).toStrictEqual([2, 2]);
    await gateway.send('crm', { session: oldest, who: 'a', method: 'DELETE' });
    await gateway.send('crm', { session: newest, who: 'c', method: 'DELETE' });
    await Promise.all([first, second]);
  });

  test('tells of the server only what is governed here', async () => {
    await using gateway = await crm.start();
    const { json } = await gateway.send('crm', { body: { ...INITIALIZE, id: 'x' } });
    expect(json).toStrictEqual({
      jsonrpc: '2.0',
      id: 'x',
      result: {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {}, resources: {}, prompts: {} },
        serverInfo: { name: 'raw', version: '1' },
      },
    });
  });

  test('answers a ping itself', async () => {
    await using gateway = await crm.start();
    const session = await gateway.open('crm');
    const before = crm.upstream.seen.length;
    const { text } = await gateway.send('crm', { session, body: { jsonrpc: '2.0', id: 9, method: 'ping' } });
    expect(text).toBe('{"jsonrpc":"2.0","id":9,"result":{}}');
    expect(crm.upstream.seen).toHaveLength(before);
  });
});

describe('a client that goes away', () => {
  test('before the decision has nothing forwarded', async () => {
    const decided = Promise.withResolvers<void>();
    let signal: AbortSignal | undefined;
    await using gateway = await crm.start({
      decide: async ({ decisionId }, given) => {
        signal = given;
        await decided.promise;
        return allow(decisionId);
      },
    });
    const session = await gateway.open('crm');
    const before = crm.upstream.of('tools/call').length;
    const leaving = new AbortController();
    const sent = gateway.send('crm', { session, body: callOf('call'), signal: leaving.signal });
    sent.catch(() => undefined);
    await until(() => signal !== undefined);
    leaving.abort();
    await until(() => signal?.aborted === true);
    decided.resolve();
    await until(() => gateway.results.length === 1);
    expect(gateway.results).toMatchObject([{ kind: 'failed', failure: { code: 'client_gone' } }]);
    expect(crm.upstream.of('tools/call')).toHaveLength(before);
  });

  test('in the middle of a call has it cancelled at the server', async () => {
    await using gateway = await crm.start();
    const session = await gateway.open('crm');
    const before = crm.upstream.of('notifications/cancelled').length;
    const leaving = new AbortController();
    gateway.send('crm', { session, body: callOf('hang'), signal: leaving.signal }).catch(() => undefined);
    await until(() => crm.hanging === 1);
    leaving.abort();
    await until(() => gateway.results.length === 1 && crm.hanging === 0);
    expect(gateway.results).toMatchObject([{ kind: 'failed', failure: { code: 'client_gone' } }]);
    await until(() => crm.upstream.of('notifications/cancelled').length === before + 1);
    expect(crm.upstream.of('notifications/cancelled').at(-1)?.body).toContain(
      `"requestId":"${gateway.calls[0]?.decisionId}"`,
    );
  });

  test('can cancel its own call by its id, and no other client’s', async () => {
    await using gateway = await crm.start();
    const [mine, theirs] = [await gateway.open('crm', 'bot'), await gateway.open('crm', 'other')];
    const myCall = gateway.send('crm', { session: mine, body: callOf('hang', {}, 5) });
    const theirCall = gateway.send('crm', { session: theirs, who: 'other', body: callOf('hang', {}, 5) });
    await until(() => crm.hanging === 2);
    const cancel = {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 5, reason: 'x' },
    };
    expect((await gateway.send('crm', { session: mine, body: cancel })).status).toBe(202);
    const { status, json } = await myCall;
    expect([status, json.error.data.failure]).toStrictEqual([200, 'client_gone']);
    await until(() => crm.hanging === 1);
    expect((await gateway.send('crm', { session: theirs, who: 'other', method: 'DELETE' })).status).toBe(204);
    expect((await theirCall).json.error.data.failure).toBe('client_gone');
    await until(() => crm.hanging === 0);
  });

  test('cannot have two requests of one id under way', async () => {
    await using gateway = await crm.start();
    const session = await gateway.open('crm');
    const first = gateway.send('crm', { session, body: callOf('hang', {}, 5) });
    await until(() => crm.hanging === 1);
    expect((await gateway.send('crm', { session, body: callOf('call', {}, 5) })).status).toBe(400);
    expect((await gateway.send('crm', { session, body: callOf('call', {}, '5') })).status).toBe(200);
    await gateway.send('crm', { session, method: 'DELETE' });
    await first;
  });
});
