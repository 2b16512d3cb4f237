import { Failure, type Obligation } from '@bailiff/contract';
import { describe, expect, test } from 'vitest';
import { createEnforce, type EnforcementPorts } from './enforce.ts';
import { decision, toolCall } from './testing/calls.ts';
import { until } from './testing/until.ts';
import { openUpstreams } from './upstream/open-upstreams.ts';
import { answer, type RawHttpOptions, startRawHttpServer } from './upstream/testing/raw-http-server.ts';

const NEVER = new AbortController().signal;

async function setUp(onCall?: RawHttpOptions['onCall'], ports: Partial<EnforcementPorts> = {}) {
  const server = await startRawHttpServer({
    onCall: onCall ?? (({ id }, response) => answer(response, id, { content: [], n: 1 })),
  });
  const upstreams = openUpstreams(
    { raw: { transport: 'http', url: server.url, headers: {}, provider: 'acme', region: 'eu-west' } },
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
    ['deny', 'refused'],
    ['approval_required', 'held'],
  ] as const)('a %s is %s, and nothing reaches the server', async (outcome, kind) => {
    await using at = await setUp();
    expect(await at.enforce(decision(outcome), toolCall('call'), NEVER)).toStrictEqual({ kind });
    expect(at.server.seen).toHaveLength(0);
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
