import type { Call, JsonObject } from '@bailiff/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allow, deny } from '../testing/answers.ts';
import { type Doors, openDoors } from './testing/open-doors.ts';
import { ask } from './testing/stateless-client.ts';

const CAPABILITIES = { elicitation: { form: {} }, sampling: {}, roots: {} };
const ASK = { name: 'ask', arguments: {} };
const ANSWER = { action: 'accept', content: { name: 'Ada' } };

let doors: Doors;
let denies: (call: Call) => boolean = () => false;
beforeAll(async () => {
  doors = await openDoors({
    decide: (call) => (denies(call) ? deny(call.decisionId) : allow(call.decisionId)),
  });
});
afterAll(() => doors[Symbol.asyncDispose]());
beforeEach(() => {
  denies = () => false;
  doors.gateway.refusals.length = 0;
  doors.gateway.calls.length = 0;
});

const calling = (
  server: string,
  more: JsonObject = {},
  who = 'bot',
  capabilities: JsonObject = CAPABILITIES,
) => ask(doors.gateway, server, 'tools/call', { ...ASK, ...more }, { capabilities, who });

/** The first answer: a question. */
async function asked(server: string) {
  const { json, status } = await calling(server);
  expect(status).toBe(200);
  const { resultType, inputRequests, requestState } = json.result;
  expect(resultType).toBe('input_required');
  const [key = ''] = Object.keys(inputRequests);
  return { key, inputRequests, requestState, retry: { inputResponses: { [key]: ANSWER }, requestState } };
}

describe('a server with sessions asks, and its client has none', () => {
  test('the question is decided and handed on; the retry is decided anew and brings the answer', async () => {
    const { inputRequests, key, retry } = await asked('session');
    expect(inputRequests[key]).toMatchObject({ method: 'elicitation/create', params: { message: 'Who?' } });
    expect(doors.gateway.calls.map(({ type }) => type)).toEqual(['tool_call', 'elicitation']);
    const { json } = await calling('session', retry);
    expect(json.result).toMatchObject({
      resultType: 'complete',
      content: [{ text: expect.stringContaining('Ada') }],
    });
    expect(doors.gateway.calls.map(({ type }) => type)).toEqual(['tool_call', 'elicitation', 'tool_call']);
    const ids = doors.gateway.calls.map(({ decisionId }) => decisionId);
    expect(new Set(ids).size).toBe(3);
  });

  test('a state is used once', async () => {
    const { retry } = await asked('session');
    expect((await calling('session', retry)).json.result.resultType).toBe('complete');
    const again = await calling('session', retry);
    expect([again.status, again.json.error.code]).toEqual([400, -32602]);
    expect(doors.gateway.refusals).toMatchObject([{ failure: { code: 'invalid_params' } }]);
  });

  test('a state of one address is worth nothing at another, though it is the same call of the same server', async () => {
    const { retry } = await asked('session');
    const elsewhere = await calling('', { ...retry, name: 'session__ask' });
    expect([elsewhere.status, elsewhere.json.error.data.failure]).toEqual([400, 'invalid_params']);
    expect((await calling('session', retry)).json.result.resultType).toBe('complete');
  });

  test('of many who bring it at once, one is answered', async () => {
    const { retry } = await asked('session');
    const all = await Promise.all(Array.from({ length: 20 }, () => calling('session', retry)));
    expect(all.filter(({ json }) => json.result?.resultType === 'complete')).toHaveLength(1);
  });

  test('what was not answered is asked again, and what was not asked means nothing', async () => {
    const { retry } = await asked('session');
    const again = await calling('session', { ...retry, inputResponses: { nobody_asked: ANSWER } });
    expect(again.json.result.resultType).toBe('input_required');
    expect(again.json.result.requestState).not.toBe(retry.requestState);
    const { requestState } = again.json.result;
    const { json } = await calling('session', { ...retry, requestState });
    expect(json.result.resultType).toBe('complete');
  });

  test('a retry that is denied leaves the call waiting', async () => {
    const { retry } = await asked('session');
    denies = () => true;
    expect((await calling('session', retry)).json.result.isError).toBe(true);
    denies = () => false;
    expect((await calling('session', retry)).json.result.content[0].text).toContain('Ada');
  });

  test('a question that policy refuses is not handed on', async () => {
    denies = ({ type }) => type === 'elicitation';
    const { text, json } = await calling('session');
    expect(json.result.resultType).toBe('complete');
    expect(text).not.toContain('Who?');
  });

  test('what the client did not declare is not asked', async () => {
    const { json } = await calling('session', {}, 'bot', {});
    expect(json.result?.resultType).not.toBe('input_required');
    expect(doors.gateway.calls.map(({ type }) => type)).not.toContain('elicitation');
  });
});

describe('a server without sessions asks', () => {
  test('the question is decided, its state is sealed, and the server gets its answer', async () => {
    const { key, inputRequests, retry } = await asked('stateless');
    expect([key, inputRequests[key].method]).toEqual(['name', 'elicitation/create']);
    expect(doors.gateway.calls.map(({ type }) => type)).toEqual(['tool_call', 'elicitation']);
    await calling('stateless', retry);
    const [, , bytes] = doors.gateway.calls.map((call) => Buffer.from(call.bytes ?? []).toString());
    expect(JSON.parse(bytes ?? '').params).toMatchObject({ inputResponses: { name: ANSWER } });
    expect(bytes).not.toContain(retry.requestState);
  });

  test('of many who bring its state at once, or again, one reaches the server', async () => {
    const { retry } = await asked('stateless');
    doors.gateway.calls.length = 0;
    const all = await Promise.all(Array.from({ length: 20 }, () => calling('stateless', retry)));
    expect(all.filter(({ json }) => json.result !== undefined)).toHaveLength(1);
    const again = await calling('stateless', retry);
    expect([again.status, again.json.error.code]).toEqual([400, -32602]);
    expect(doors.gateway.calls.filter(({ type }) => type === 'tool_call')).toHaveLength(1);
  });

  test('a retry that is denied leaves its state good for another one', async () => {
    const { retry } = await asked('stateless');
    denies = () => true;
    expect((await calling('stateless', retry)).json.result.isError).toBe(true);
    denies = () => false;
    expect((await calling('stateless', retry)).status).toBe(200);
  });

  test('answers to what was not asked do not reach it', async () => {
    const { retry } = await asked('stateless');
    const { requestState } = retry;
    await calling('stateless', { requestState, inputResponses: { name: ANSWER, other: ANSWER } });
    const bytes = Buffer.from(doors.gateway.calls[2]?.bytes ?? []).toString();
    expect(JSON.parse(bytes).params.inputResponses).toEqual({ name: ANSWER });
  });

  test('answers that come ahead are used once the question was decided, and not where it is refused', async () => {
    await calling('stateless', { inputResponses: { name: ANSWER } });
    const types = doors.gateway.calls.map(({ type }) => type);
    expect(types.slice(0, 3)).toEqual(['tool_call', 'elicitation', 'tool_call']);
    doors.gateway.calls.length = 0;
    denies = ({ type }) => type === 'elicitation';
    const refused = await calling('stateless', { inputResponses: { name: ANSWER } });
    expect(refused.json.error.code).toBe(-32003);
    expect(doors.gateway.calls.map(({ type }) => type)).toEqual(['tool_call', 'elicitation']);
  });

  test('what the client did not declare is not asked: it is told what it would need', async () => {
    const { status, json } = await calling('stateless', {}, 'bot', { elicitation: { url: {} } });
    expect([status, json.error.code]).toEqual([400, -32021]);
    expect(json.error.data.requiredCapabilities).toEqual({ elicitation: { form: {} } });
  });
});

describe.each(['stateless', 'session'])('a state of a call to %s', (server) => {
  test.each<[string, string, JsonObject, string?]>([
    ['another principal', server, {}, 'other-bot'],
    ['another call', server, { name: 'steps' }],
    ['other arguments', server, { arguments: { a: 1 } }],
    ['another server', server === 'session' ? 'stateless' : 'session', {}],
  ])('is refused from %s, recorded, and nothing is made of it', async (_what, at, more, who) => {
    const { retry } = await asked(server);
    doors.gateway.calls.length = 0;
    const sent = await ask(
      doors.gateway,
      at,
      'tools/call',
      { ...ASK, ...retry, ...more },
      {
        capabilities: CAPABILITIES,
        ...(who === undefined ? {} : { who }),
      },
    );
    expect([sent.status, sent.json.error.code]).toEqual([400, -32602]);
    expect(doors.gateway.refusals).toHaveLength(1);
    expect(doors.gateway.calls).toEqual([]);
  });
});
