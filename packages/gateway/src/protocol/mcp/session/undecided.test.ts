import { describe, expect, test, vi } from 'vitest';
import { until } from '../../../enforcement/testing/until.ts';
import { clientCapabilitiesOf } from '../client/client-capabilities.ts';
import { inputRequiredOf } from '../input-required.ts';
import { allow, deny } from '../testing/answers.ts';
import { openReader } from '../testing/event-reader.ts';
import { result, startSpeakingGateway } from '../testing/speaking-server.ts';
import { INITIALIZE, type TestGateway } from '../testing/test-gateway.ts';

const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'work', arguments: {} } };
const ADDRESS = '{"mode":"url","elicitationId":"e1","url":"https://login.example","message":"m"}';

async function openWith(gateway: TestGateway, capabilities: object, protocolVersion = '2025-11-25') {
  const params = { ...INITIALIZE.params, capabilities, protocolVersion };
  const { headers } = await gateway.send('crm', { body: { ...INITIALIZE, params } });
  return headers.get('mcp-session-id') ?? '';
}

describe('an address that no question was decided about reaches no client', () => {
  const data = `"data":{"elicitations":[${ADDRESS}]}`;
  test.each([
    ['the number is written otherwise', `{"code":-3.2042e4,"message":"m",${data}}`],
    ['its key is escaped', `{"c\\u006fde":-32042,"message":"m",${data}}`],
    ['its key is written twice', `{"code":-32042,"code":1,"message":"m",${data}}`],
    ['its key is in large letters', `{"Code":-32042,"message":"m",${data}}`],
    [
      'the address is written twice',
      `{"code":-32042,"message":"m","data":{"elicitations":[${ADDRESS.replace('{', '{"url":"https://other.example",')}]}}`,
    ],
  ])('where %s', async (_how, json) => {
    await using gateway = await startSpeakingGateway({
      decide: (call) => (call.type === 'elicitation' ? deny(call.decisionId) : allow(call.decisionId)),
      onCall: async () => ({ member: 'error', json }),
    });
    const session = await openWith(gateway, { elicitation: { url: {} } });
    expect((await gateway.send('crm', { session, body: CALL })).text).not.toMatch(/(login|other)\.example/);
  });

  test('nor one that declared only forms', async () => {
    await using gateway = await startSpeakingGateway({
      onCall: async () => ({ member: 'error', json: `{"code":-32042,"message":"m",${data}}` }),
    });
    const session = await openWith(gateway, { elicitation: {} });
    expect((await gateway.send('crm', { session, body: CALL })).text).not.toContain('login.example');
  });
});

test.each([
  '{"resultType":"input\\u005frequired"}',
  '{"result\\u0054ype":"input_required"}',
  '{"resultType":"input_required","resultType":"complete"}',
  '{"ResultType":"input_required"}',
  '{"resultType":"input_required","inputRequests":{"a":{"method":"roots/list"},"a":{"method":"roots/list"}}}',
])('a result that any reader may take for a question is none that goes on undecided: %s', (json) => {
  expect(inputRequiredOf({ member: 'result', json })).toBeDefined();
});

test('a client’s own words reach no server in what it declares', () => {
  const text = { note: 'x'.repeat(1_000) };
  expect(
    clientCapabilitiesOf({
      sampling: { tools: text, context: text, other: text },
      elicitation: { form: text, url: text, other: text },
      roots: { listChanged: true, ...text },
      experimental: text,
    }),
  ).toStrictEqual({
    sampling: { tools: {}, context: {} },
    elicitation: { form: {}, url: {} },
    roots: { listChanged: true },
  });
});

test.each([
  ['sampling/createMessage', { tools: [] }, { sampling: {} }],
  ['elicitation/create', { mode: 'url', url: 'https://login.example' }, { elicitation: {} }],
  ['elicitation/create', { mode: 'form' }, { elicitation: { url: {} } }],
] as const)('%s with %j is not asked of a client that declared %j', async (method, params, capabilities) => {
  await using gateway = await startSpeakingGateway({
    onCall: async (_call, channel, signal) => {
      const asked = await channel.asked({ method, params, json: JSON.stringify(params) }, signal);
      return result({ [asked.member]: JSON.parse(asked.json) });
    },
  });
  const session = await openWith(gateway, capabilities);
  const { json } = await gateway.send('crm', { session, body: CALL });
  expect(json.result.error.code).toBe(-32601);
  expect(gateway.calls).toHaveLength(1);
});

test.each([
  '2025-06-18',
  '2025-11-25',
])('a call of %s whose client prefers events and left before the decision is not forwarded', async (version) => {
  const decided = Promise.withResolvers<void>();
  let aborted: boolean | undefined;
  await using gateway = await startSpeakingGateway({
    decide: async (call, signal) => {
      await Promise.race([
        decided.promise,
        new Promise((resolve) => signal.addEventListener('abort', resolve)),
      ]);
      aborted = signal.aborted;
      return allow(call.decisionId);
    },
  });
  const session = await openWith(gateway, {}, version);
  const leaving = new AbortController();
  const headers = { accept: 'text/event-stream, application/json' };
  const sent = gateway.send('crm', { session, headers, body: CALL, signal: leaving.signal });
  await until(() => gateway.calls.length === 1);
  leaving.abort();
  await sent.catch(() => undefined);
  await until(() => aborted !== undefined);
  expect(aborted).toBe(true);
});

test('a session hears nothing more once its release is gone, until the next one has admitted its client', async () => {
  let release = 'one';
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    await using gateway = await startSpeakingGateway({ release: () => release });
    const session = await openWith(gateway, {});
    const stream = await openReader(gateway, 'crm', { method: 'GET', session });
    await until(() => gateway.heard.length === 1);
    release = 'two';
    gateway.heard[0]?.tell('notifications/resources/list_changed');
    await vi.advanceTimersByTimeAsync(15_000);
    // Another release may show other entries: its client is told to look, and of what was held back nothing.
    await until(() => stream.messages.length === 3);
    expect(stream.messages.map(({ method }) => method)).toStrictEqual([
      'notifications/tools/list_changed',
      'notifications/prompts/list_changed',
      'notifications/resources/list_changed',
    ]);
    expect([gateway.sessions, gateway.openings.length]).toStrictEqual([1, 2]);
  } finally {
    vi.useRealTimers();
  }
});

test('a connected session ends once another release refuses its principal', async () => {
  let release = 'one';
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    await using gateway = await startSpeakingGateway({
      release: () => release,
      opens: ({ decisionId }) => (release === 'one' ? allow(decisionId) : deny(decisionId)),
    });
    const session = await openWith(gateway, {});
    const stream = await openReader(gateway, 'crm', { method: 'GET', session });
    await until(() => gateway.heard.length === 1);
    release = 'two';
    await vi.advanceTimersByTimeAsync(15_000);
    await stream.untilOver();
    expect([stream.messages, gateway.sessions]).toStrictEqual([[], 0]);
  } finally {
    vi.useRealTimers();
  }
});
