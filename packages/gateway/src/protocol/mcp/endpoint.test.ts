import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answer } from '../../enforcement/upstream/testing/raw-http-server.ts';
import { callOf, RESULT, type ScriptedCrm, startScriptedCrm } from './testing/scripted-crm.ts';
import { INITIALIZE } from './testing/test-gateway.ts';

let crm: ScriptedCrm;
beforeAll(async () => {
  crm = await startScriptedCrm();
});
afterAll(() => crm[Symbol.asyncDispose]());

describe('an allowed call', () => {
  test('reaches the server as the bytes that were decided about, and its result the client to the byte', async () => {
    await using gateway = await crm.start();
    const session = await gateway.open('crm');
    const { status, text, headers } = await gateway.send('crm', {
      session,
      body: callOf('call', { b: 1, a: [2] }, 'seven'),
    });
    expect(status).toBe(200);
    expect(text).toBe(`{"jsonrpc":"2.0","id":"seven","result":${RESULT}}`);
    expect(headers.get('content-type')).toBe('application/json');
    const [call] = gateway.calls;
    expect(headers.get('bailiff-decision-id')).toBe(call?.decisionId);
    expect(crm.bodiesOf('tools/call').at(-1)).toBe(String(call?.bytes));
    expect(String(call?.bytes)).toBe(
      `{"jsonrpc":"2.0","id":"${call?.decisionId}","method":"tools/call","params":{"name":"call","arguments":{"b":1,"a":[2]}}}`,
    );
    expect(call).toMatchObject({
      type: 'tool_call',
      target: { kind: 'tool', id: 'crm.call' },
      server: 'crm',
      toolName: 'call',
      args: { b: 1, a: [2] },
      conversationKey: session,
      session: { protocol: 'mcp/2025-11-25', transport: 'http', client_name: 'raw', client_version: '1' },
    });
  });

  test('takes nothing of the client’s headers along, neither credential nor claims of identity', async () => {
    await using gateway = await crm.start();
    const headers = {
      'x-user-identity': 'canary',
      'x-forwarded-for': 'canary',
      cookie: 'canary',
      via: 'canary',
    };
    const session = await gateway.open('crm', 'canary');
    await gateway.send('crm', { session, who: 'canary', headers, body: callOf('call') });
    expect(JSON.stringify(crm.upstream.seen.at(-1))).not.toContain('canary');
    expect(JSON.stringify(crm.upstream.seen.at(-1))).not.toContain(session);
  });

  test('that the server answers with an error has that error, to the byte', async () => {
    await using gateway = await crm.start();
    const session = await gateway.open('crm');
    const { text } = await gateway.send('crm', { session, body: callOf('fail') });
    expect(text).toBe('{"jsonrpc":"2.0","id":1,"error":{"code":-32000, "message":"no","data":[ 1.0 ]}}');
  });

  test.each([
    ['tools/call', { name: 'call', arguments: {} }],
    ['resources/read', { uri: 'note://one' }],
  ])('of %s goes on without the client’s _meta, which neither policy nor the record sees', async (method, params) => {
    await using gateway = await crm.start();
    const session = await gateway.open('crm');
    const _meta = { progressToken: 5, 'acme/act-as': 'admin' };
    await gateway.send('crm', {
      session,
      body: { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } },
    });
    const [call] = gateway.calls;
    // That the client wants to hear of progress goes on, under a name of the gateway’s.
    const own = { progressToken: call?.decisionId };
    expect(crm.bodiesOf(method).at(-1)).toBe(
      JSON.stringify({ jsonrpc: '2.0', id: call?.decisionId, method, params: { ...params, _meta: own } }),
    );
    expect(String(call?.bytes)).not.toContain('act-as');
    await gateway.send('crm', { session, body: { jsonrpc: '2.0', id: 2, method, params } });
    expect(crm.bodiesOf(method).at(-1)).not.toContain('_meta');
  });

  test('of many clients that use the same ids is answered with its own answer', async () => {
    await using echo = await startScriptedCrm(({ id }, response, body) => {
      setTimeout(() => answer(response, id, { content: [{ type: 'text', text: body }] }), Math.random() * 20);
    });
    await using gateway = await echo.start();
    const sessions = await Promise.all(Array.from({ length: 20 }, () => gateway.open('crm')));
    const asked = sessions.flatMap((session, client) =>
      [1, 2, 3].map(async (id) => {
        const body = callOf('call', { canary: `of-${client}-${id}` }, id);
        const { json } = await gateway.send('crm', { session, body });
        expect(json.id).toBe(id);
        expect(json.result.content[0].text).toContain(`"canary":"of-${client}-${id}"`);
      }),
    );
    await Promise.all(asked);
  });
});

test.each([
  ['another case', 'Call'],
  ['a Cyrillic letter', '\u0441all'],
  ['a letter of full width', '\uff43all'],
  ['a combining accent', 'ca\u0301ll'],
  ['a soft hyphen', 'ca\u00adll'],
  ['a zero-width joiner', 'ca\u200dll'],
  ['a turn of direction', '\u202ecall'],
  ['a blank before it', ' call'],
  ['a blank after it', 'call\u00a0'],
  ['a byte of nothing', 'call\u0000'],
  ['the server’s name before it', 'crm.call'],
])('a name that only looks like a tool’s is no name of it: %s', async (_what, name) => {
  await using gateway = await crm.start();
  const session = await gateway.open('crm');
  const before = crm.bodiesOf('tools/call').length;
  const { json } = await gateway.send('crm', { session, body: callOf(name) });
  expect(json.error.code).toBe(-32602);
  expect(crm.bodiesOf('tools/call')).toHaveLength(before);
  expect(gateway.calls.length + gateway.refusals.length, 'it is recorded either way').toBe(1);
});

describe('what is not one known request is refused, recorded, and goes nowhere', () => {
  test.each<[string, unknown, number, string]>([
    ['a batch', [callOf('call')], 400, 'batch_refused'],
    ['an empty batch', [], 400, 'batch_refused'],
    ['an answer', { jsonrpc: '2.0', id: 1, result: {} }, 400, 'bad_request'],
    ['another version', { ...callOf('call'), jsonrpc: '1.0' }, 400, 'bad_request'],
    ['no method', { jsonrpc: '2.0', id: 1 }, 400, 'bad_request'],
    ['an id of null', { ...callOf('call'), id: null }, 400, 'bad_request'],
    ['a fractional id', { ...callOf('call'), id: 1.5 }, 400, 'bad_request'],
    ['an unknown member', { ...callOf('call'), extra: 1 }, 400, 'bad_request'],
    ['parameters as an array', { ...callOf('call'), params: ['call'] }, 400, 'bad_request'],
    ['an unknown method', { ...callOf('call'), method: 'tools/destroy' }, 200, 'method_refused'],
    [
      'a method named like a member of objects',
      { ...callOf('call'), method: 'constructor' },
      200,
      'method_refused',
    ],
    ['another case', { ...callOf('call'), method: 'Tools/call' }, 200, 'method_refused'],
    [
      'a prompt without a name',
      { ...callOf('call'), method: 'prompts/get', params: {} },
      200,
      'invalid_params',
    ],
    [
      'a subscription to nothing',
      { ...callOf('call'), method: 'resources/subscribe' },
      200,
      'invalid_params',
    ],
    ['a completion of nothing', { ...callOf('call'), method: 'completion/complete' }, 200, 'invalid_params'],
    ['a question that only servers ask', { ...callOf('call'), method: 'roots/list' }, 200, 'method_refused'],
    ['a task of a server without tasks', { ...callOf('call'), method: 'tasks/list' }, 200, 'method_refused'],
    ['an answer to nothing', { jsonrpc: '2.0', id: 1, result: {} }, 400, 'bad_request'],
    ['a second initialize', INITIALIZE, 400, 'bad_request'],
    ['an unknown notification', { jsonrpc: '2.0', method: 'notifications/anything' }, 400, 'method_refused'],
    [
      'a call as a notification',
      { jsonrpc: '2.0', method: 'tools/call', params: { name: 'call' } },
      400,
      'method_refused',
    ],
    [
      'a strange task',
      { ...callOf('call'), params: { name: 'call', task: { x: 1 } } },
      200,
      'invalid_params',
    ],
    ['a tool without a name', { ...callOf('call'), params: {} }, 200, 'invalid_params'],
    ['arguments that are no object', callOf('call', ['x']), 200, 'invalid_params'],
    ['a name with a trailing space', callOf('call '), 200, 'invalid_params'],
    ['a name with a trailing NUL', callOf('call\u0000'), 200, 'invalid_params'],
    ['a name with an invisible letter', callOf('ca\u200bll'), 200, 'invalid_params'],
    [
      'a cursor of the client’s making',
      { ...callOf('call'), method: 'tools/list', params: { cursor: 'x' } },
      200,
      'invalid_params',
    ],
    [
      'a path that a server would resolve',
      { ...callOf('call'), method: 'resources/read', params: { uri: 'file:///srv/../etc/passwd' } },
      200,
      'invalid_params',
    ],
    [
      'the same, escaped',
      { ...callOf('call'), method: 'resources/read', params: { uri: 'file:///srv/%2e%2E/etc/passwd' } },
      200,
      'invalid_params',
    ],
    [
      'no URI',
      { ...callOf('call'), method: 'resources/read', params: { uri: 'srv/x' } },
      200,
      'invalid_params',
    ],
  ])('%s', async (_what, body, status, code) => {
    await using gateway = await crm.start();
    const session = await gateway.open('crm');
    const before = crm.upstream.seen.length;
    const sent = await gateway.send('crm', { session, body });
    expect(sent.status).toBe(status);
    expect(sent.json.error.data).toMatchObject({
      failure: code,
      decision_id: sent.headers.get('bailiff-decision-id'),
    });
    expect(crm.upstream.seen.slice(before).map(({ method }) => method)).toStrictEqual([]);
    expect(gateway.calls).toHaveLength(0);
    expect(gateway.refusals).toMatchObject([
      { failure: { code }, route: 'POST /mcp/crm', principal: { agentId: 'bot' } },
    ]);
  });

  test.each([
    'srv/x',
    'crm://customers/v%69p',
    'crm://customers/%7Ex',
    'crm://customers/m%c3%bcller',
    'crm://customers/m\u00fcller',
    'crm://customers/50%',
    'crm://customers/%00',
    'crm://customers/vip#x',
    'crm://customers/vip#',
    'crm://customers/vip ',
    'crm://customers/v ip',
    'crm://customers/v\tip',
    'crm://customers/v\nip',
    'crm://customers/./vip',
    'crm://customers/..',
    'crm://customers/a%2Fb',
    'crm://customers/a%5Cb',
    'crm://customers/a\\b',
    'CRM://customers/vip',
    'file:///srv/../etc/passwd',
    'file:///srv/%2e%2E/etc/passwd',
    'file:///srv//x',
    'file://localhost/srv/x',
    'file:/srv/x',
    'https://Example.com/x',
    'https://example.com:443/x',
    'https://example.com',
    'urn:a/../b',
    '',
    ['crm://customers/7'],
  ])('the URI %j, which has another spelling or names no place, is refused', async (uri) => {
    await using gateway = await crm.start();
    const session = await gateway.open('crm');
    const body = { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri } };
    const { status, json } = await gateway.send('crm', { session, body });
    expect([status, json.error.data.failure]).toStrictEqual([200, 'invalid_params']);
    expect(gateway.calls).toHaveLength(0);
  });

  test.each([
    'crm://customers/7',
    'crm://products',
    'crm://customers/M%C3%BCller%20%26%20Co?page=2',
    'file:///x',
    'file:///srv/a.b/..c',
    'note://one',
    'demo://resource/static/document/architecture.md',
    'https://example.com/a//b',
    'urn:isbn:0451450523',
  ])('the URI %j is decided on as it is', async (uri) => {
    await using gateway = await crm.start();
    const session = await gateway.open('crm');
    await gateway.send('crm', {
      session,
      body: { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri } },
    });
    expect(gateway.calls.map(({ target }) => target)).toStrictEqual([{ kind: 'resource', id: uri }]);
  });

  test.each([
    'Call',
    'CALL',
    'c\u0430ll',
    'call.',
    'toString',
    '__proto__',
  ])('the name %j is of no tool', async (name) => {
    await using gateway = await crm.start();
    const session = await gateway.open('crm');
    const { json } = await gateway.send('crm', { session, body: callOf(name) });
    expect(json.error).toMatchObject({ code: -32602, message: 'Unknown tool' });
    expect(crm.bodiesOf('tools/call').filter((body) => body.includes(JSON.stringify(name)))).toStrictEqual(
      [],
    );
  });
});

describe('before the first release is active', () => {
  test.each([
    ['of a server that it may bring', 'tickets'],
    ['of a server that is configured', 'crm'],
    ['of all servers', ''],
  ])('the route %s says to come again, and after that what there is', async (_of, server) => {
    let release = '';
    await using gateway = await crm.start({ release: () => release });
    for (const body of [INITIALIZE, callOf('call')]) {
      const { status, headers, json } = await gateway.send(server, { body });
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
      expect(json).toMatchObject({ error: { data: { failure: 'not_ready' } } });
      expect(json.error.message).toMatch(/No release is active yet.*again in a few seconds/);
    }
    const stream = await gateway.send(server, { method: 'GET', headers: { accept: 'text/event-stream' } });
    expect([stream.status, stream.headers.get('retry-after')]).toEqual([503, '1']);
    expect([gateway.calls, gateway.openings, gateway.refusals.length]).toEqual([[], [], 3]);
    release = 'release-1';
    const { status } = await gateway.send(server, { body: INITIALIZE });
    expect(status).toBe(server === 'tickets' ? 404 : 200);
  });

  test('nobody without a credential learns more than that one is required', async () => {
    await using gateway = await crm.start({ release: () => '' });
    const { status } = await gateway.send('crm', { headers: { authorization: undefined }, body: INITIALIZE });
    expect(status).toBe(401);
  });
});
