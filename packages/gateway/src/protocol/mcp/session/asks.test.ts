import type { JsonObject, ServerQuestion, ServerReply } from '@bailiff/contract';
import { describe, expect, test, vi } from 'vitest';
import { until } from '../../../enforcement/testing/until.ts';
import { allow as ALLOW, deny } from '../testing/answers.ts';
import { openReader } from '../testing/event-reader.ts';
import { result, type SpeakingOptions, startSpeakingGateway } from '../testing/speaking-server.ts';
import { INITIALIZE, type TestGateway } from '../testing/test-gateway.ts';

const ABLE = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} };
const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'work', arguments: {} } };

function question(
  method: ServerQuestion['method'],
  params: JsonObject = { message: 'name?' },
): ServerQuestion {
  return { method, params, json: JSON.stringify(params) };
}

async function openAble(gateway: TestGateway, who = 'bot', capabilities: object = ABLE) {
  const body = { ...INITIALIZE, params: { ...INITIALIZE.params, capabilities } };
  return (await gateway.send('crm', { body, who })).headers.get('mcp-session-id') ?? '';
}

/** A server whose tool answers with what it was told. */
function asking(method: ServerQuestion['method'], options: SpeakingOptions = {}) {
  return startSpeakingGateway({
    ...options,
    onCall: async (_call, channel, signal) => {
      const { member, json } = await channel.asked(question(method), signal);
      return result({ [member]: JSON.parse(json) });
    },
  });
}

describe('what a server asks while it works on a call', () => {
  test.each([
    ['sampling/createMessage', 'sampling'],
    ['elicitation/create', 'elicitation'],
    ['roots/list', 'roots'],
  ] as const)('%s is decided as %s of that tool, asked on the call’s stream, and its answer goes back', async (method, type) => {
    await using gateway = await asking(method);
    const session = await openAble(gateway);
    const stream = await openReader(gateway, 'crm', { session, body: CALL });
    await stream.untilMessages(1);
    const [asked] = stream.messages;
    expect(asked).toMatchObject({ jsonrpc: '2.0', method, params: { message: 'name?' } });
    const body = { jsonrpc: '2.0', id: asked.id, result: { action: 'accept', content: { name: 'x' } } };
    expect((await gateway.send('crm', { session, body })).status).toBe(202);
    await stream.untilOver();
    expect(stream.messages[1].result).toStrictEqual({ result: body.result });
    const decided = gateway.calls[1];
    expect(decided).toMatchObject({
      type,
      target: { kind: 'tool', id: 'crm.work' },
      args: { message: 'name?' },
      principal: { agentId: 'bot' },
    });
    expect(decided?.decisionId).not.toBe(gateway.calls[0]?.decisionId);
    expect(gateway.refusals).toHaveLength(0);
  });

  test('reaches no client when policy refuses it, and the server is told that', async () => {
    await using gateway = await asking('sampling/createMessage', {
      decide: (call) => (call.type === 'sampling' ? deny(call.decisionId) : ALLOW(call.decisionId)),
    });
    const session = await openAble(gateway);
    const { json, headers } = await gateway.send('crm', { session, body: CALL });
    expect(headers.get('content-type'), 'nothing was said before the answer').toBe('application/json');
    expect(json.result.error).toMatchObject({
      code: -32003,
      message: expect.stringContaining('refused by policy'),
    });
    expect(JSON.stringify(json)).not.toContain('not_cleared');
    expect(gateway.calls.map(({ type }) => type)).toStrictEqual(['tool_call', 'sampling']);
  });

  test('is not asked of a client that did not declare it, nor decided', async () => {
    await using gateway = await asking('elicitation/create');
    const session = await openAble(gateway, 'bot', { roots: {} });
    const { json } = await gateway.send('crm', { session, body: CALL });
    expect(json.result.error.code).toBe(-32601);
    expect(gateway.calls).toHaveLength(1);
  });

  test('is answered once, by its own session and principal only', async () => {
    await using gateway = await asking('elicitation/create');
    const session = await openAble(gateway);
    const foreign = await openAble(gateway, 'other');
    const stream = await openReader(gateway, 'crm', { session, body: CALL });
    await stream.untilMessages(1);
    const body = { jsonrpc: '2.0', id: stream.messages[0].id, result: { action: 'accept' } };
    const statusOf = async (options: object) => (await gateway.send('crm', { body, ...options })).status;
    expect(await statusOf({ session: foreign, who: 'other' }), 'the same id in another session').toBe(400);
    expect(await statusOf({ session, who: 'other' })).toBe(404);
    expect(await statusOf({ session, body: { ...body, id: 'bailiff-question-2' } })).toBe(400);
    expect(stream.isOver).toBe(false);
    expect(await statusOf({ session })).toBe(202);
    await stream.untilOver();
    expect(await statusOf({ session }), 'a second time').toBe(400);
    expect(gateway.refusals).toHaveLength(4);
  });

  test('may be declined by the client, whose error goes back as it is', async () => {
    await using gateway = await asking('sampling/createMessage');
    const session = await openAble(gateway);
    const stream = await openReader(gateway, 'crm', { session, body: CALL });
    await stream.untilMessages(1);
    const error = { code: -1, message: 'User rejected sampling request' };
    await gateway.send('crm', { session, body: { jsonrpc: '2.0', id: stream.messages[0].id, error } });
    await stream.untilOver();
    expect(stream.messages[1].result).toStrictEqual({ error });
  });

  test('waits for a person no longer than five minutes, and tells the client that it is over', async () => {
    await using gateway = await asking('elicitation/create');
    const session = await openAble(gateway);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const stream = await openReader(gateway, 'crm', { session, body: CALL });
      while (stream.messages.length < 1) await new Promise((resolve) => setImmediate(resolve));
      await vi.advanceTimersByTimeAsync(300_000);
      while (!stream.isOver) await new Promise((resolve) => setImmediate(resolve));
      expect(stream.messages[1]).toMatchObject({
        method: 'notifications/cancelled',
        params: { requestId: stream.messages[0].id },
      });
      expect(stream.messages[2].error.data.failure).toBe('upstream_timeout');
    } finally {
      vi.useRealTimers();
    }
  });

  test('ends with its session', async () => {
    await using gateway = await asking('elicitation/create');
    const session = await openAble(gateway);
    const stream = await openReader(gateway, 'crm', { session, body: CALL });
    await stream.untilMessages(1);
    expect((await gateway.send('crm', { session, method: 'DELETE' })).status).toBe(204);
    await until(() => gateway.results.length === 2);
    expect(gateway.results.map(({ kind }) => kind)).toStrictEqual(['failed', 'failed']);
    await stream.untilOver();
  });
});

describe('an error that sends the user to an address', () => {
  const VISIT = {
    code: -32042,
    message: 'Authorisation is needed.',
    data: {
      elicitations: [{ mode: 'url', elicitationId: 'e1', url: 'https://login.example', message: 'Log in' }],
    },
  };

  test.each([
    ['goes on as it is when the question is allowed', true],
    ['goes nowhere when it is refused', false],
  ])('%s', async (_what, isAllowed) => {
    await using gateway = await startSpeakingGateway({
      decide: (call) =>
        call.type === 'elicitation' && !isAllowed ? deny(call.decisionId) : ALLOW(call.decisionId),
      onCall: async () => ({ member: 'error', json: JSON.stringify(VISIT) }),
    });
    const session = await openAble(gateway);
    const { json } = await gateway.send('crm', { session, body: CALL });
    expect(gateway.calls[1]).toMatchObject({ type: 'elicitation', args: { url: 'https://login.example' } });
    if (isAllowed) expect(json.error).toStrictEqual(VISIT);
    else
      expect([json.error.code, JSON.stringify(json).includes('login.example')]).toStrictEqual([
        -32003,
        false,
      ]);
  });
});

describe('a server without sessions that needs to know more', () => {
  const required = (state: string): ServerReply =>
    result({
      resultType: 'input_required',
      inputRequests: {
        name: { method: 'elicitation/create', params: { message: 'name?' } },
        roots: { method: 'roots/list' },
      },
      requestState: state,
    });

  /** Answers questions until the stream is over. */
  async function converse(gateway: TestGateway, session: string) {
    const stream = await openReader(gateway, 'crm', { session, body: CALL });
    for (let seen = 0; !stream.isOver; ) {
      await until(() => stream.isOver || stream.messages.length > seen);
      const asked = stream.messages[seen];
      if (asked?.method === undefined) continue;
      seen += 1;
      await gateway.send('crm', {
        session,
        body: { jsonrpc: '2.0', id: asked.id, result: { got: asked.method } },
      });
    }
    return stream;
  }

  test('has each question decided and asked, and each round is a call of its own', async () => {
    const bodies: JsonObject[] = [];
    await using gateway = await startSpeakingGateway({
      era: 'stateless',
      onCall: async (call) => {
        bodies.push(JSON.parse(String(call.bytes)));
        return bodies.length < 3 ? required(`state-${bodies.length}`) : result({ done: true });
      },
    });
    const stream = await converse(gateway, await openAble(gateway));
    expect(stream.messages.at(-1).result).toStrictEqual({ done: true });
    const round = ['elicitation', 'roots'];
    const types = gateway.calls.map(({ type }) => type);
    expect(types).toStrictEqual(['tool_call', ...round, 'tool_call', ...round, 'tool_call']);
    expect(new Set(gateway.calls.map(({ decisionId }) => decisionId)).size).toBe(7);
    expect(bodies[2]?.params).toMatchObject({
      name: 'work',
      inputResponses: { name: { got: 'elicitation/create' }, roots: { got: 'roots/list' } },
      requestState: 'state-2',
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': ABLE,
      },
    });
    expect(bodies.map(({ id }) => id)).toStrictEqual(
      gateway.calls.filter(({ type }) => type === 'tool_call').map(({ decisionId }) => decisionId),
    );
  });

  test('asks eight times at the most', async () => {
    let rounds = 0;
    await using gateway = await startSpeakingGateway({
      era: 'stateless',
      onCall: async () => {
        rounds += 1;
        return required(`state-${rounds}`);
      },
    });
    const stream = await converse(gateway, await openAble(gateway));
    expect(rounds).toBe(9);
    expect(stream.messages.at(-1).error.data.failure).toBe('upstream_invalid');
  });

  test('gets no further when a question is refused', async () => {
    let rounds = 0;
    await using gateway = await startSpeakingGateway({
      era: 'stateless',
      decide: (call) => (call.type === 'roots' ? deny(call.decisionId) : ALLOW(call.decisionId)),
      onCall: async () => {
        rounds += 1;
        return required('state');
      },
    });
    const stream = await converse(gateway, await openAble(gateway));
    expect(stream.messages.at(-1).error.data.failure).toBe('forbidden');
    expect(rounds).toBe(1);
  });
});
