import { type Call, Failure, type JsonObject, type Obligation, ownConversationKey } from '@bailiff/contract';
import { describe, expect, test, vi } from 'vitest';
import { createEnforce, type EnforcementPorts } from './enforce.ts';
import { decision, toolCall } from './testing/calls.ts';
import { until } from './testing/until.ts';
import { openUpstreams } from './upstream/open-upstreams.ts';
import { answer, type RawHttpOptions, startRawHttpServer } from './upstream/testing/raw-http-server.ts';
import type { Upstream } from './upstream/upstream.ts';

const NEVER = new AbortController().signal;

async function setUp(
  onCall?: RawHttpOptions['onCall'],
  ports: Partial<EnforcementPorts> = {},
  options: Partial<RawHttpOptions> = {},
) {
  const server = await startRawHttpServer({
    onCall: onCall ?? (({ id }, response) => answer(response, id, { content: [], n: 1 })),
    ...options,
  });
  const upstreams = openUpstreams(
    {
      raw: {
        transport: 'http',
        url: server.url,
        headers: {},
        protocol: 'auto',
        provider: 'acme',
        region: 'eu-west',
      },
    },
    { environment: {}, directory: '.', log: () => undefined },
  );
  const notified: unknown[] = [];
  const enforce = createEnforce({
    upstreams: upstreams.byName,
    upstreamTimeoutMs: 5_000,
    regionOf: () => 'eu-west',
    notify: async (to, decisionId) => void notified.push([to, decisionId]),
    ...ports,
  });
  return {
    server,
    enforce,
    notified,
    [Symbol.asyncDispose]: async () => {
      await upstreams[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('what is decided is what is done', () => {
  test('an allow is forwarded', async () => {
    await using at = await setUp();
    expect(await at.enforce(decision('allow'), toolCall('call'), NEVER)).toMatchObject({
      kind: 'forwarded',
      response: { member: 'result', json: '{"content":[],"n":1}' },
      bytes: 20,
    });
  });

  test.each([
    ['at once', [false], 0],
    ['from when its tools were looked up', [true, false], 1],
  ] as const)('a server that has moved since the decision is not called (%s)', async (_, answers, notified) => {
    const said = [...answers];
    await using at = await setUp(undefined, { isServedAsDecided: () => said.shift() ?? false });
    const duties: Obligation[] = [{ kind: 'notify', to: ['ops'] }];
    const result = await at.enforce(decision('allow', duties), toolCall('call'), NEVER);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'policy_unavailable' } });
    expect(at.notified).toHaveLength(notified);
    expect(at.server.seen.filter(({ method }) => method === 'tools/call')).toHaveLength(0);
  });

  test('what is carried out here is not where its server has moved', async () => {
    const carryOut = vi.fn();
    await using at = await setUp(undefined, { isServedAsDecided: () => false });
    const result = await at.enforce(decision('allow'), toolCall('call', { carryOut }), NEVER);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'policy_unavailable' } });
    expect(carryOut).not.toHaveBeenCalled();
  });

  test.each([
    ['deny', 'refused'],
    ['approval_required', 'held'],
  ] as const)('a %s is %s, and nothing reaches the server', async (outcome, kind) => {
    await using at = await setUp();
    expect(await at.enforce(decision(outcome), toolCall('call'), NEVER)).toStrictEqual({ kind });
    expect(at.server.seen).toHaveLength(0);
  });

  test('an argument that the server might read as another one is not sent', async () => {
    const tools = [
      { name: 'call', inputSchema: { type: 'object', properties: { path: { type: 'string' } } } },
    ];
    await using at = await setUp(undefined, {}, { tools });
    const call = (args: JsonObject) => at.enforce(decision('allow'), toolCall('call', { args }), NEVER);
    expect(await call({ Path: '/etc/passwd' })).toMatchObject({
      kind: 'failed',
      failure: {
        code: 'invalid_params',
        detail: 'The argument Path is not spelled as the tool declares it.',
      },
    });
    expect(at.server.of('tools/call')).toEqual([]);
    expect(await call({ path: '/srv' })).toMatchObject({ kind: 'forwarded' });
  });

  test('a call that its caller enforces is only answered', async () => {
    await using at = await setUp();
    const call = toolCall('call', { bytes: undefined });
    expect(await at.enforce(decision('allow'), call, NEVER)).toStrictEqual({ kind: 'answered' });
    expect(at.server.seen).toHaveLength(0);
  });

  test.each([
    ['deny', 'refused'],
    ['approval_required', 'held'],
  ] as const)('a %s that its caller enforces is %s too', async (outcome, kind) => {
    await using at = await setUp();
    const call = toolCall('call', { bytes: undefined });
    expect(await at.enforce(decision(outcome), call, NEVER)).toStrictEqual({ kind });
  });

  test('a simulated allow is not forwarded', async () => {
    await using at = await setUp();
    const simulated = decision('allow');
    Object.assign(simulated.answer.metadata, { simulated: true });
    expect((await at.enforce(simulated, toolCall('call'), NEVER)).kind).toBe('failed');
    expect(at.server.seen).toHaveLength(0);
  });

  test('a tool that the server does not list is never called', async () => {
    await using at = await setUp();
    const result = await at.enforce(decision('allow'), toolCall('Call'), NEVER);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'unknown_tool' } });
    expect(at.server.of('tools/call')).toHaveLength(0);
  });

  test('a server that is not configured fails the call', async () => {
    await using at = await setUp();
    const result = await at.enforce(decision('allow'), toolCall('call', { server: 'other' }), NEVER);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'upstream_unavailable' } });
  });

  test('a client that left before gets nothing forwarded', async () => {
    await using at = await setUp();
    const result = await at.enforce(decision('allow'), toolCall('call'), AbortSignal.abort());
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'client_gone' } });
    expect(at.server.of('tools/call')).toHaveLength(0);
  });

  test('a client that left before has nobody notified of what does not happen', async () => {
    await using at = await setUp();
    const told = decision('allow', [{ kind: 'notify', to: ['privacy'] }]);
    await at.enforce(told, toolCall('call'), AbortSignal.abort());
    expect(at.notified).toStrictEqual([]);
  });
});

describe('an allow that is carried out otherwise than by sending it', () => {
  const reply = { member: 'result', json: '{"roots":[]}' } as const;
  const handed = (carryOut: NonNullable<Call['carryOut']>) =>
    toolCall('call', { bytes: undefined, carryOut });

  test('is, and its answer is the call’s', async () => {
    await using at = await setUp();
    const result = await at.enforce(
      decision('allow'),
      handed(async () => reply),
      NEVER,
    );
    expect(result).toMatchObject({ kind: 'forwarded', response: reply, bytes: 12 });
    expect(at.server.seen).toHaveLength(0);
  });

  test.each(['deny', 'approval_required'] as const)('is not where it is a %s', async (outcome) => {
    await using at = await setUp();
    let isCarriedOut = false;
    const carryOut = async () => {
      isCarriedOut = true;
      return reply;
    };
    await at.enforce(decision(outcome), handed(carryOut), NEVER);
    expect(isCarriedOut).toBe(false);
  });

  test('is not before its duties are discharged, nor after the client left', async () => {
    await using at = await setUp();
    let times = 0;
    const call = handed(async () => {
      times += 1;
      return reply;
    });
    const unmet: Obligation[] = [{ kind: 'limit', limits: { rows: 10 } }];
    expect((await at.enforce(decision('allow', unmet), call, NEVER)).kind).toBe('failed');
    expect((await at.enforce(decision('allow'), call, AbortSignal.abort())).kind).toBe('failed');
    expect(times).toBe(0);
  });

  test('is given up when the time that a duty allows is over', async () => {
    await using at = await setUp();
    const call = handed(
      (signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
        ),
    );
    const obligations: Obligation[] = [{ kind: 'limit', limits: { timeout_ms: 20 } }];
    expect(await at.enforce(decision('allow', obligations), call, NEVER)).toMatchObject({
      kind: 'failed',
      failure: { code: 'upstream_timeout' },
    });
  });
});

describe('in which session a server is spoken to', () => {
  test('is told by the conversation, and where there is none by who acts for whom', async () => {
    await using at = await setUp(undefined, {}, { hasSessions: true });
    const { principal } = toolCall('call');
    const as = (userId: string) => ({ conversationKey: '', principal: { ...principal, userId } });
    for (const changes of [
      {},
      {},
      as('mara'),
      as('mara'),
      as('otto'),
      { conversationKey: 'conversation-2' },
    ]) {
      await at.enforce(decision('allow'), toolCall('call', changes), NEVER);
    }
    const sessions = at.server.of('tools/call').map(({ headers }) => headers['mcp-session-id']);
    const [first, second, third, fourth, fifth, sixth] = sessions;
    expect([first, third]).toStrictEqual([second, fourth]);
    expect(new Set([first, third, fifth, sixth]).size).toBe(4);
  });
});

describe('the duties of an allow', () => {
  test('a time-out shorter than the usual one cancels the running call', async () => {
    await using at = await setUp(() => undefined);
    const obligations: Obligation[] = [{ kind: 'limit', limits: { timeout_ms: 50 } }];
    const result = await at.enforce(decision('allow', obligations), toolCall('call'), NEVER);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'upstream_timeout' } });
    await until(() => at.server.of('notifications/cancelled').length === 1);
  });

  test('a duty that cannot be discharged refuses the call before anything is sent', async () => {
    await using at = await setUp();
    const obligations: Obligation[] = [{ kind: 'limit', limits: { rows: 10 } }];
    const result = await at.enforce(decision('allow', obligations), toolCall('call'), NEVER);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'obligation_unmet' } });
    expect(at.server.of('tools/call')).toHaveLength(0);
  });

  test('a notification is handed on before the call, and names the decision', async () => {
    await using at = await setUp();
    const call = toolCall('call');
    const result = await at.enforce(decision('allow', [{ kind: 'notify', to: ['privacy'] }]), call, NEVER);
    expect(result.kind).toBe('forwarded');
    expect(at.notified).toStrictEqual([[['privacy'], call.decisionId]]);
  });

  test('a notification that cannot be handed on refuses the call', async () => {
    const notify = () => Promise.reject(new Failure('internal'));
    await using at = await setUp(undefined, { notify });
    const result = await at.enforce(
      decision('allow', [{ kind: 'notify', to: ['x'] }]),
      toolCall('call'),
      NEVER,
    );
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'obligation_unmet' } });
    expect(at.server.of('tools/call')).toHaveLength(0);
  });
});

test('a client without a session has a conversation for each principal that it acts as, chain and credential included', async () => {
  const keys: string[] = [];
  const upstream = {
    findTool: async () => ({}),
    forward: async ({ conversation }: { conversation: { key: string } }) => {
      keys.push(conversation.key);
      return { member: 'result', json: '{}' };
    },
  };
  const enforce = createEnforce({
    upstreams: new Map([['raw', upstream as unknown as Upstream]]),
    upstreamTimeoutMs: 5_000,
    regionOf: () => 'eu-west',
    notify: async () => undefined,
  });
  const { principal } = toolCall('call');
  const principals = [{}, { chain: ['planner'] }, { conversation: 'c-1' }, { credentialId: 'renewed' }];
  for (const changes of principals) {
    const call = toolCall('call', { conversationKey: '', principal: { ...principal, ...changes } });
    await enforce(decision('allow'), call, NEVER);
  }
  expect(keys[0]).toBe(ownConversationKey(principal));
  expect(new Set(keys).size).toBe(3);
  expect(keys[3]).toBe(keys[0]);
});
