import { type Call, type JsonObject, META_KEYS } from '@bailiff/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { allow, deny } from '../testing/answers.ts';
import { type Doors, openDoors } from './testing/open-doors.ts';
import { ask, openStream, statelessRequest } from './testing/stateless-client.ts';

const VERSION = '2026-07-28';
const CALL = { name: 'echo', arguments: { text: 'hello' } };
const QUERY = { name: 'query', arguments: { region: 'eu' } };

let doors: Doors;
let denies: (call: Call) => boolean = () => false;
let release = 'one';
beforeAll(async () => {
  doors = await openDoors({
    decide: (call) => (denies(call) ? deny(call.decisionId) : allow(call.decisionId)),
    sees: (id) => !id.endsWith('.steps') && id !== 'stateless.query-hidden',
    release: () => release,
  });
});
afterAll(() => doors[Symbol.asyncDispose]());
beforeEach(() => {
  denies = () => false;
  release = 'one';
  doors.gateway.refusals.length = 0;
  doors.gateway.calls.length = 0;
});

describe('a request is answered as the revision says', () => {
  test('a tool of a server of the same era', async () => {
    const { json, headers } = await ask(doors.gateway, 'stateless', 'tools/call', CALL, { id: 'mine' });
    expect(json).toMatchObject({
      id: 'mine',
      result: { resultType: 'complete', content: [{ text: 'hello' }] },
    });
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('mcp-session-id')).toBeNull();
  });

  test('a tool of a server with sessions', async () => {
    const { json } = await ask(doors.gateway, 'session', 'tools/call', { name: 'capabilities' });
    expect(json.result).toMatchObject({ resultType: 'complete', content: [{ text: '{}' }] });
  });

  test('what policy is told of the client is what the request says of itself', async () => {
    await ask(doors.gateway, 'stateless', 'tools/call', CALL, {
      headers: { 'mcp-session-id': 'nonsense', 'last-event-id': '7' },
    });
    expect(doors.gateway.calls.at(-1)).toMatchObject({
      type: 'tool_call',
      conversationKey: '',
      session: { protocol: `mcp/${VERSION}`, transport: 'http', client_name: 'raw', client_version: '3' },
    });
  });

  test.each(['stateless', 'session'])('lists and reads of %s are the caller’s own', async (server) => {
    const list = await ask(doors.gateway, server, 'tools/list');
    expect(list.json.result).toMatchObject({ resultType: 'complete', ttlMs: 0, cacheScope: 'private' });
    expect(list.text).not.toContain('"steps"');
    const read = await ask(doors.gateway, server, 'resources/read', { uri: 'note://one' });
    expect(read.json.result).toMatchObject({ cacheScope: 'private', contents: [{ text: 'a note' }] });
  });

  test.each(['stateless', 'session'])('server/discover of %s tells what is governed here', async (server) => {
    const { json } = await ask(doors.gateway, server, 'server/discover');
    expect(json.result).toMatchObject({
      resultType: 'complete',
      supportedVersions: [VERSION, '2025-11-25', '2025-06-18'],
      capabilities: { tools: { listChanged: true } },
      ttlMs: 0,
      cacheScope: 'private',
      _meta: { [META_KEYS.serverInfo]: { version: expect.any(String) } },
    });
    expect(json.result.instructions).toBeUndefined();
    expect(doors.gateway.openings.at(-1)).toMatchObject({ target: { id: `${server}.*` } });
  });

  test('a denied call is told with its reasons, a hidden tool like one that does not exist', async () => {
    denies = () => true;
    const refused = await ask(doors.gateway, 'stateless', 'tools/call', CALL);
    expect(refused.json.result).toMatchObject({ resultType: 'complete', isError: true });
    const hidden = await ask(doors.gateway, 'stateless', 'tools/call', { name: 'steps' });
    denies = () => false;
    const absent = await ask(doors.gateway, 'stateless', 'tools/call', { name: 'nothing' });
    const plain = (text: string) => text.replace(/decision-\d+/, 'id');
    expect([hidden.status, plain(hidden.text)]).toEqual([absent.status, plain(absent.text)]);
  });
});

describe('a request is refused, recorded, and says why', () => {
  const whole = statelessRequest('tools/call', CALL);
  const body = whole.body as { params: { _meta: JsonObject } };
  const without = (key: string) => {
    const { [key]: _gone, ...meta } = body.params._meta;
    return { ...whole, body: { ...body, params: { ...body.params, _meta: meta } } };
  };
  const withMeta = (meta: JsonObject, headers = {}) =>
    statelessRequest('tools/call', CALL, { meta, headers });
  const withHeaders = (headers: Record<string, string | undefined>) =>
    statelessRequest('tools/call', CALL, { headers });

  test.each<[string, ReturnType<typeof statelessRequest>, number, number]>([
    ['without MCP-Protocol-Version', withHeaders({ 'mcp-protocol-version': undefined }), 400, -32020],
    ['with another MCP-Protocol-Version', withHeaders({ 'mcp-protocol-version': '2025-11-25' }), 400, -32020],
    ['without Mcp-Method', withHeaders({ 'mcp-method': undefined }), 400, -32020],
    ['with another Mcp-Method', withHeaders({ 'mcp-method': 'tools/list' }), 400, -32020],
    ['with Mcp-Method in capitals', withHeaders({ 'mcp-method': 'TOOLS/CALL' }), 400, -32020],
    ['without Mcp-Name', withHeaders({ 'mcp-name': undefined }), 400, -32020],
    ['with another Mcp-Name', withHeaders({ 'mcp-name': 'query' }), 400, -32020],
    ['with Mcp-Name of broken Base64', withHeaders({ 'mcp-name': '=?base64?ZWNobw?=' }), 400, -32020],
    [
      'of an unknown revision',
      withMeta({ [META_KEYS.protocolVersion]: '1900-01-01' }, { 'mcp-protocol-version': '1900-01-01' }),
      400,
      -32022,
    ],
    [
      'of a coming revision',
      withMeta({ [META_KEYS.protocolVersion]: '2099-01-01' }, { 'mcp-protocol-version': '2099-01-01' }),
      400,
      -32022,
    ],
    ['without its revision', without(META_KEYS.protocolVersion), 400, -32602],
    ['without capabilities', without(META_KEYS.clientCapabilities), 400, -32602],
    ['with a log level that is none', withMeta({ [META_KEYS.logLevel]: 'loud' }), 400, -32602],
    ['of a method that is not served', statelessRequest('tools/forget'), 404, -32601],
    ['of a method that this revision does not have any more', statelessRequest('ping'), 404, -32601],
    ['of logging/setLevel', statelessRequest('logging/setLevel', { level: 'info' }), 404, -32601],
    ['of a task at a server without any', statelessRequest('tasks/get', { taskId: 't' }), 404, -32601],
    [
      'with a member that policy does not see',
      statelessRequest('tools/call', { ...CALL, task: {} }),
      400,
      -32602,
    ],
    [
      'with a state of its own making',
      statelessRequest('tools/call', { ...CALL, requestState: 'made up' }),
      400,
      -32602,
    ],
    [
      'with answers that are none',
      statelessRequest('tools/call', { ...CALL, inputResponses: { a: 1 } }),
      400,
      -32602,
    ],
    [
      'with a state where nothing can be asked',
      statelessRequest('completion/complete', { requestState: 'x' }),
      400,
      -32602,
    ],
  ])('%s', async (_what, request, status, code) => {
    const { gateway, stateless } = doors;
    const before = stateless.seen.filter(({ method }) => method === 'tools/call').length;
    const sent = await gateway.send('stateless', request);
    expect([sent.status, sent.json.error?.code]).toEqual([status, code]);
    expect(sent.json.id).toBe(1);
    const decisionId = sent.headers.get('bailiff-decision-id');
    expect(sent.json.error.data.decision_id).toBe(decisionId);
    expect(gateway.refusals).toMatchObject([{ decisionId, route: 'POST /mcp/stateless' }]);
    expect(stateless.seen.filter(({ method }) => method === 'tools/call')).toHaveLength(before);
  });

  test('and an unsupported revision is told those that are', async () => {
    const asked = {
      meta: { [META_KEYS.protocolVersion]: '1900-01-01' },
      headers: { 'mcp-protocol-version': '1900-01-01' },
    };
    const { json } = await ask(doors.gateway, 'stateless', 'tools/list', {}, asked);
    const supported = [VERSION, '2025-11-25', '2025-06-18'];
    expect(json.error.data).toMatchObject({ supported, requested: '1900-01-01' });
  });

  test('a header given twice, which another reader would read otherwise', async () => {
    const headers = { 'mcp-name': 'echo' };
    const response = await fetch(doors.gateway.url('stateless'), {
      method: 'POST',
      headers: [
        ['authorization', 'Bearer bot'],
        ['content-type', 'application/json'],
        ['mcp-protocol-version', VERSION],
        ['mcp-method', 'tools/call'],
        ['mcp-name', headers['mcp-name']],
        ['mcp-name', 'query'],
      ],
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: -32020 } });
  });

  test('a notification, since none of a client means anything here', async () => {
    const notification = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    const sent = await doors.gateway.send('stateless', {
      body: notification,
      headers: { 'mcp-protocol-version': VERSION, 'mcp-method': 'notifications/cancelled' },
    });
    expect(sent.status).toBe(404);
    expect(doors.gateway.refusals).toHaveLength(1);
  });

  test.each(['GET', 'DELETE'])('%s, which has no meaning without sessions', async (method) => {
    const headers = { 'mcp-protocol-version': VERSION, 'mcp-session-id': 'x'.repeat(32) };
    expect((await doors.gateway.send('stateless', { method, headers })).status).toBe(405);
    expect(doors.gateway.refusals).toMatchObject([{ failure: { code: 'method_not_allowed' } }]);
  });

  test('a batch', async () => {
    const sent = await doors.gateway.send('stateless', { ...whole, body: [body, body] });
    expect([sent.status, sent.json.error.code]).toEqual([400, -32600]);
    expect(doors.gateway.refusals).toHaveLength(1);
  });
});

describe('headers that repeat arguments', () => {
  const call = (headers: Record<string, string>, args: JsonObject = QUERY.arguments) =>
    ask(doors.gateway, 'stateless', 'tools/call', { ...QUERY, arguments: args }, { headers });

  test('are held against them, and a call that they belie is not made', async () => {
    expect((await call({ 'mcp-param-region': 'eu' })).json.result.content).toMatchObject([{ text: 'eu' }]);
    const belied = await call({ 'mcp-param-region': 'us' });
    expect([belied.status, belied.json.error.code]).toEqual([400, -32020]);
    expect((await call({})).status).toBe(400);
    expect(doors.gateway.results.at(-1)).toMatchObject({
      kind: 'failed',
      failure: { code: 'header_mismatch' },
    });
  });

  test('say nothing of a tool that the caller may not use', async () => {
    denies = () => true;
    const [belied, right] = [await call({}), await call({ 'mcp-param-region': 'eu' })];
    const plain = (text: string) => text.replaceAll(/decision-\d+/g, 'id');
    expect([belied.status, plain(belied.text)]).toEqual([right.status, plain(right.text)]);
  });
});

describe('clientInfo, which clients should send and need not,', () => {
  const call = (clientInfo?: JsonObject) =>
    ask(
      doors.gateway,
      'stateless',
      'tools/call',
      { name: 'steps' },
      {
        meta: { [META_KEYS.clientInfo]: clientInfo } as JsonObject,
      },
    );

  test('may be left out: policy then sees no name', async () => {
    expect((await call()).json.result.resultType).toBe('complete');
    expect(doors.gateway.calls.at(-1)?.session).toMatchObject({ client_name: '', client_version: '' });
  });

  test('is refused where it lacks what it must have', async () => {
    const { status, json } = await call({ name: 'raw' });
    expect([status, json.error.code]).toEqual([400, -32602]);
    expect(json.error.message).toContain(META_KEYS.clientInfo);
  });
});

describe('what a server says before its answer', () => {
  const asked = { meta: { progressToken: 'mine', [META_KEYS.logLevel]: 'error' } };

  test.each([
    'stateless',
    'session',
  ])('reaches the client of %s on the stream of its request', async (server) => {
    await using stream = await openStream(doors.gateway, server, 'tools/call', { name: 'steps' }, asked);
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.response.headers.get('x-accel-buffering')).toBe('no');
    const said: JsonObject[] = [];
    for (let one = await stream.next(); one !== undefined; one = await stream.next()) said.push(one);
    const progress = said.filter(({ method }) => method === 'notifications/progress');
    expect(progress).toMatchObject(
      [1, 2, 3].map((step) => ({ params: { progressToken: 'mine', progress: step } })),
    );
    const logged = said.filter(({ method }) => method === 'notifications/message');
    expect(logged).toMatchObject(server === 'session' ? [{ params: { level: 'error' } }] : []);
    expect(said.at(-1)).toMatchObject({
      id: 1,
      result: { resultType: 'complete', content: [{ text: expect.any(String) }] },
    });
  });

  test('is left out for who did not ask for it, or takes no events', async () => {
    const quiet = await ask(doors.gateway, 'session', 'tools/call', { name: 'steps' });
    expect(quiet.headers.get('content-type')).toBe('application/json');
    const plain = { ...asked, headers: { accept: 'application/json' } };
    const json = await ask(doors.gateway, 'session', 'tools/call', { name: 'steps' }, plain);
    expect(json.headers.get('content-type')).toBe('application/json');
  });

  test('closing the stream cancels the call at the server, and that is recorded', async () => {
    const leaving = new AbortController();
    const before = doors.stateless.cancelled();
    const gone = ask(doors.gateway, 'stateless', 'tools/call', { name: 'slow' }, { signal: leaving.signal });
    await vi.waitFor(() => expect(doors.stateless.seen.at(-1)?.headers['mcp-name']).toBe('slow'));
    leaving.abort();
    await expect(gone).rejects.toThrow();
    await vi.waitFor(() => expect(doors.stateless.cancelled()).toBe(before + 1));
    await vi.waitFor(() =>
      expect(doors.gateway.results.at(-1)).toMatchObject({
        kind: 'failed',
        failure: { code: 'client_gone' },
      }),
    );
  });
});
