import { describe, expect, test } from 'vitest';
import { allow, deny } from '../testing/answers.ts';
import { result, startSpeakingGateway } from '../testing/speaking-server.ts';
import type { TestGateway } from '../testing/test-gateway.ts';

const ENTRIES = {
  prompts: ['greet', 'secret'],
  resource_templates: ['card://{id}', 'vault://{id}'],
  resources: ['note://one'],
};
const HIDDEN = new Set(['crm.secret', 'vault://{id}']);

function start() {
  return startSpeakingGateway({
    entries: ENTRIES,
    decide: (call) => (HIDDEN.has(call.target.id) ? deny(call.decisionId) : allow(call.decisionId)),
    sees: (id) => !HIDDEN.has(id),
    onCall: async (call) => result({ sent: JSON.parse(String(call.bytes)).params }),
  });
}

async function asker(gateway: TestGateway) {
  const session = await gateway.open('crm');
  return async (method: string, params: object) => {
    const { json, text } = await gateway.send('crm', {
      session,
      body: { jsonrpc: '2.0', id: 1, method, params },
    });
    return { json, text: text.replace(/decision-\d+/, 'decision') };
  };
}

test('a prompt is decided under its full name and with its arguments, and listed only where it may be had', async () => {
  await using gateway = await start();
  const ask = await asker(gateway);
  const { json } = await ask('prompts/get', { name: 'greet', arguments: { who: 'mara' } });
  expect(json.result.sent).toStrictEqual({ name: 'greet', arguments: { who: 'mara' } });
  expect(gateway.calls[0]).toMatchObject({
    type: 'prompt_get',
    target: { kind: 'prompt', id: 'crm.greet' },
    args: { who: 'mara' },
  });
  expect((await ask('prompts/list', {})).json.result).toStrictEqual({ prompts: [{ name: 'greet' }] });
  expect(gateway.lists[0]).toMatchObject({
    type: 'prompt_get',
    candidates: [{ target: { kind: 'prompt', id: 'crm.greet' } }, {}],
  });
});

describe('what the caller cannot see is answered byte for byte like what does not exist', () => {
  test.each([
    ['a prompt', 'prompts/get', { name: 'secret' }, { name: 'absent' }],
    [
      'the completion of a prompt',
      'completion/complete',
      { ref: { type: 'ref/prompt', name: 'secret' }, argument: { name: 'a', value: '' } },
      { ref: { type: 'ref/prompt', name: 'absent' }, argument: { name: 'a', value: '' } },
    ],
    [
      'the completion of a template',
      'completion/complete',
      { ref: { type: 'ref/resource', uri: 'vault://{id}' }, argument: { name: 'id', value: '' } },
      { ref: { type: 'ref/resource', uri: 'absent://{id}' }, argument: { name: 'id', value: '' } },
    ],
  ])('%s', async (_what, method, hidden, absent) => {
    await using gateway = await start();
    const ask = await asker(gateway);
    const { text, json } = await ask(method, hidden);
    expect(json.error.code).toBe(-32602);
    expect(text).toBe((await ask(method, absent)).text);
    expect(gateway.calls, 'both are decided').toHaveLength(2);
    expect(
      gateway.results.map(({ kind }) => kind),
      'and neither goes to the server',
    ).toStrictEqual(['refused', 'failed']);
  });
});

test.each([
  ['prompts/get', { name: 'greet' }, { name: 'absent' }],
  [
    'completion/complete',
    { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'a', value: '' } },
    { ref: { type: 'ref/prompt', name: 'absent' }, argument: { name: 'a', value: '' } },
  ],
  ['resources/subscribe', { uri: 'note://one' }, { uri: 'absent://one' }],
])('a principal that is refused as such learns from %s nothing of what exists', async (method, present, absent) => {
  await using gateway = await startSpeakingGateway({
    entries: ENTRIES,
    decide: (call) => deny(call.decisionId),
    disclose: () => ({ kind: 'principal', answer: deny('decision') }),
  });
  const ask = await asker(gateway);
  const { text } = await ask(method, present);
  expect((await ask(method, absent)).text).toBe(text);
});

test('a completion is decided on what it completes', async () => {
  await using gateway = await start();
  const ask = await asker(gateway);
  const params = {
    ref: { type: 'ref/resource', uri: 'card://{id}' },
    argument: { name: 'id', value: '7' },
    context: { arguments: { of: 'mara' } },
  };
  expect((await ask('completion/complete', params)).json.result.sent).toStrictEqual(params);
  const { ref: _ref, ...args } = params;
  expect(gateway.calls[0]).toMatchObject({
    type: 'completion',
    target: { kind: 'resource', id: 'card://{id}' },
    args,
  });
});

test.each([
  ['prompts/get', { name: 'greet ' }],
  ['prompts/get', { name: 'gr\u0435et\u200b' }],
  ['prompts/get', { name: 'greet', arguments: { n: 1 } }],
  ['prompts/get', { name: 'greet', extra: 1 }],
  ['completion/complete', { ref: { type: 'ref/tool', name: 'x' }, argument: { name: 'a', value: '' } }],
  ['completion/complete', { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'a', value: 1 } }],
  [
    'completion/complete',
    {
      ref: { type: 'ref/prompt', name: 'greet' },
      argument: { name: 'a', value: '' },
      context: { arguments: [] },
    },
  ],
])('%s with %j is refused, recorded and not forwarded', async (method, params) => {
  await using gateway = await start();
  const ask = await asker(gateway);
  expect((await ask(method, params)).json.error).toMatchObject({
    code: -32602,
    data: { failure: 'invalid_params' },
  });
  expect(gateway.calls).toHaveLength(0);
  expect(gateway.refusals).toHaveLength(1);
});
