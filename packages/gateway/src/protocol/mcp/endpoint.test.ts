import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEnforce } from '../../enforcement/enforce.ts';
import { until } from '../../enforcement/testing/until.ts';
import { openUpstreams, type Upstreams } from '../../enforcement/upstream/open-upstreams.ts';
import {
  answer,
  type RawHttpServer,
  startRawHttpServer,
} from '../../enforcement/upstream/testing/raw-http-server.ts';
import { ACCEPTED, VECTORS } from '../json/testing/vectors.ts';
import {
  INITIALIZE,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
} from './testing/test-gateway.ts';

/** Exactly what the upstream writes as a result: spaces, spellings and numbers that no serialiser would choose. */
const RESULT =
  '{ "content" : [ {"type":"text","text":"caf\\u00e9"} ], "n": 1.0, "big": 12345678901234567890 }';

let upstream: RawHttpServer;
let upstreams: Upstreams;
/** Calls that the upstream leaves unanswered. */
let hanging = 0;

beforeAll(async () => {
  upstream = await startRawHttpServer({
    tools: ['call', 'hang', 'fail'].map((name) => ({ name, inputSchema: {} })),
    capabilities: { tools: {}, resources: {}, prompts: {} },
    onCall: ({ id, params }, response) => {
      if (params.name === 'hang') {
        hanging += 1;
        response.once('close', () => {
          hanging -= 1;
        });
      } else if (params.name === 'fail') {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(`{"jsonrpc":"2.0","id":"${id}","error":{"code":-32000, "message":"no","data":[ 1.0 ]}}`);
      } else {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(`{"result":${RESULT},"jsonrpc":"2.0","id":"${id}"}`);
      }
    },
  });
  const server = { transport: 'http', url: upstream.url, headers: {}, provider: 'x', region: 'x' } as const;
  upstreams = openUpstreams(
    { crm: server, desk: server },
    { environment: {}, directory: '.', log: () => undefined },
  );
});

afterAll(async () => {
  await upstreams[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

function start(options: Partial<TestGatewayOptions> = {}): Promise<TestGateway> {
  const enforce = createEnforce({
    upstreams: upstreams.byName,
    upstreamTimeoutMs: 10_000,
    regionOf: () => 'x',
    notify: async () => undefined,
  });
  return startTestGateway({ servers: upstreams.byName, enforce, ...options });
}

const callOf = (name: string, args: unknown = {}, id: unknown = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});
const bodiesOf = (method: string) => upstream.of(method).map(({ body }) => body);

describe('an allowed call', () => {
  test('reaches the server as the bytes that were decided about, and its result the client to the byte', async () => {
    await using gateway = await start();
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
    expect(bodiesOf('tools/call').at(-1)).toBe(String(call?.bytes));
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

  test('that the server answers with an error has that error, to the byte', async () => {
    await using gateway = await start();
    const session = await gateway.open('crm');
    const { text } = await gateway.send('crm', { session, body: callOf('fail') });
    expect(text).toBe('{"jsonrpc":"2.0","id":1,"error":{"code":-32000, "message":"no","data":[ 1.0 ]}}');
  });

  test('goes on without the progress token, since progress is not passed back, and with the rest of _meta', async () => {
    await using gateway = await start();
    const session = await gateway.open('crm');
    const body = callOf('call');
    Object.assign(body.params, { _meta: { progressToken: 5, trace: 'x' } });
    await gateway.send('crm', { session, body });
    expect(bodiesOf('tools/call').at(-1)).toContain('"arguments":{},"_meta":{"trace":"x"}}');
    Object.assign(body.params, { _meta: { progressToken: 5 } });
    await gateway.send('crm', { session, body });
    expect(bodiesOf('tools/call').at(-1)).not.toContain('_meta');
  });

  test('of many clients that use the same ids is answered with its own answer', async () => {
    await using echo = await startRawHttpServer({
      tools: [{ name: 'call', inputSchema: {} }],
      onCall: ({ id }, response, body) => {
        setTimeout(
          () => answer(response, id, { content: [{ type: 'text', text: body }] }),
          Math.random() * 20,
        );
      },
    });
    const own = openUpstreams(
      { crm: { transport: 'http', url: echo.url, headers: {}, provider: 'x', region: 'x' } },
      { environment: {}, directory: '.', log: () => undefined },
    );
    const enforce = createEnforce({
      upstreams: own.byName,
      upstreamTimeoutMs: 10_000,
      regionOf: () => 'x',
      notify: async () => undefined,
    });
    await using gateway = await start({ servers: own.byName, enforce });
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
    await own[Symbol.asyncDispose]();
  });
});

describe('the texts that parsers disagree about', () => {
  /** The vector as the arguments’ one value, exactly as its bytes are. */
  const bodyWith = (bytes: Buffer) =>
    Buffer.concat([
      Buffer.from(
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"call","arguments":{"value":',
      ),
      bytes,
      Buffer.from('}}}'),
    ]);
  let gateway: TestGateway;
  let session: string;
  beforeAll(async () => {
    gateway = await start();
    session = await gateway.open('crm');
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  test.each(VECTORS)('$id within the arguments arrives as it was decided about, or not at all', async ({
    id,
    bytes,
  }) => {
    const before = upstream.of('tools/call').length;
    const { status, json } = await gateway.send('crm', { session, raw: bodyWith(bytes) });
    const arrived = bodiesOf('tools/call').slice(before);
    if (ACCEPTED.has(id)) {
      expect(status).toBe(200);
      const call = gateway.calls.at(-1);
      expect(arrived).toStrictEqual([String(call?.bytes)]);
      expect(JSON.stringify(JSON.parse(arrived[0] ?? '').params.arguments)).toBe(JSON.stringify(call?.args));
    } else {
      expect(arrived).toStrictEqual([]);
      expect(status).toBe(400);
      expect(json.error).toMatchObject({ code: -32700, data: { failure: 'unparseable' } });
      expect(gateway.refusals.at(-1)?.failure.code).toBe('unparseable');
    }
  });

  test.each(VECTORS)('$id as the whole body never reaches the server', async ({ bytes }) => {
    const before = upstream.seen.length;
    const { status, json } = await gateway.send('crm', { session, raw: bytes });
    expect(status).toBe(400);
    expect(json.error.data.decision_id).toMatch(/^decision-/);
    expect(upstream.seen).toHaveLength(before);
  });
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
    ['a prompt', { ...callOf('call'), method: 'prompts/get' }, 200, 'method_refused'],
    ['a subscription', { ...callOf('call'), method: 'resources/subscribe' }, 200, 'method_refused'],
    ['a second initialize', INITIALIZE, 400, 'bad_request'],
    ['an unknown notification', { jsonrpc: '2.0', method: 'notifications/anything' }, 400, 'method_refused'],
    [
      'a call as a notification',
      { jsonrpc: '2.0', method: 'tools/call', params: { name: 'call' } },
      400,
      'method_refused',
    ],
    ['a task', { ...callOf('call'), params: { name: 'call', task: { ttl: 1 } } }, 200, 'invalid_params'],
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
    await using gateway = await start();
    const session = await gateway.open('crm');
    const before = upstream.seen.length;
    const sent = await gateway.send('crm', { session, body });
    expect(sent.status).toBe(status);
    expect(sent.json.error.data).toMatchObject({
      failure: code,
      decision_id: sent.headers.get('bailiff-decision-id'),
    });
    expect(upstream.seen.slice(before).map(({ method }) => method)).toStrictEqual([]);
    expect(gateway.calls).toHaveLength(0);
    expect(gateway.refusals).toMatchObject([
      { failure: { code }, route: 'POST /mcp/crm', principal: { agentId: 'bot' } },
    ]);
  });

  test.each([
    'Call',
    'CALL',
    'c\u0430ll',
    'call.',
    'toString',
    '__proto__',
  ])('the name %j is of no tool', async (name) => {
    await using gateway = await start();
    const session = await gateway.open('crm');
    const { json } = await gateway.send('crm', { session, body: callOf(name) });
    expect(json.error).toMatchObject({ code: -32602, message: 'Unknown tool' });
    expect(bodiesOf('tools/call').filter((body) => body.includes(JSON.stringify(name)))).toStrictEqual([]);
  });

  test('nesting is accepted up to the limit and refused beyond it', async () => {
    await using gateway = await start();
    const session = await gateway.open('crm');
    // The message, its params and its arguments are three levels themselves.
    const nested = (levels: number) =>
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"call","arguments":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}}`;
    expect((await gateway.send('crm', { session, raw: nested(61) })).status).toBe(200);
    expect((await gateway.send('crm', { session, raw: nested(62) })).json.error.data.failure).toBe(
      'unparseable',
    );
  });
});

describe('the HTTP side', () => {
  test.each<[string, Parameters<TestGateway['send']>[1], number, string]>([
    ['no credential', { headers: { authorization: undefined } }, 401, 'unauthenticated'],
    ['a bad credential', { headers: { authorization: 'Basic x' } }, 401, 'unauthenticated'],
    [
      'no credential on another method',
      { method: 'GET', headers: { authorization: undefined } },
      401,
      'unauthenticated',
    ],
    ['a foreign origin', { headers: { origin: 'https://evil.example' } }, 403, 'origin_refused'],
    ['the null origin', { headers: { origin: 'null' } }, 403, 'origin_refused'],
    ['GET', { method: 'GET' }, 405, 'method_not_allowed'],
    ['PUT', { method: 'PUT' }, 405, 'method_not_allowed'],
    ['text', { headers: { 'content-type': 'text/plain' } }, 415, 'media_type_refused'],
    [
      'JSON in another charset',
      { headers: { 'content-type': 'application/json; charset=utf-16' } },
      415,
      'media_type_refused',
    ],
    ['a compressed body', { headers: { 'content-encoding': 'gzip' } }, 415, 'media_type_refused'],
    ['a client that wants HTML', { headers: { accept: 'text/html' } }, 406, 'not_acceptable'],
    ['a body beyond the limit', { raw: 'x'.repeat(20_000) }, 413, 'body_too_large'],
  ])('refuses %s', async (_what, options, status, code) => {
    await using gateway = await start({ limits: { bodyBytesMax: 16_384 } });
    const sent = await gateway.send('crm', { body: INITIALIZE, ...options });
    expect(sent.status).toBe(status);
    expect(sent.json).toMatchObject({ jsonrpc: '2.0', error: { data: { failure: code } } });
    expect(sent.headers.get('bailiff-decision-id')).toBe(sent.json.error.data.decision_id);
    // Every client asks once for a stream of events: an answer, not an incident.
    expect(gateway.refusals).toHaveLength(options?.method === 'GET' && status === 405 ? 0 : 1);
    expect(gateway.sessions).toBe(0);
    if (status === 401) expect(sent.headers.get('www-authenticate')).toBe('Bearer');
    if (status === 405) expect(sent.headers.get('allow')).toBe('POST, DELETE');
  });

  test('accepts the origin that is listed, and clients that accept anything', async () => {
    await using gateway = await start();
    const headers = { origin: 'https://console.example', accept: '*/*' };
    expect((await gateway.send('crm', { body: INITIALIZE, headers })).status).toBe(200);
  });

  test('answers for no server that is not configured', async () => {
    await using gateway = await start();
    const sent = await gateway.send('constructor', { body: INITIALIZE });
    expect(sent.status).toBe(404);
    expect(sent.json.error.data.failure).toBe('not_found');
    expect(gateway.refusals[0]?.route).toBe('POST /mcp/*');
  });

  /** The status line that the bytes of one request get over a raw socket. */
  async function overSocket(port: number, head: string, body = ''): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`${head}\r\n\r\n${body}`);
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
      if (received.includes('\r\n\r\n')) socket.destroy();
    });
    await once(socket, 'close');
    return received.split('\r\n')[0] ?? '';
  }

  const body = JSON.stringify(INITIALIZE);
  const head = (port: number, extra: readonly string[] = [], host = `127.0.0.1:${port}`) =>
    [
      'POST /mcp/crm HTTP/1.1',
      `Host: ${host}`,
      'Authorization: Bearer bot',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      ...extra,
    ].join('\r\n');

  test('takes a request written by hand, and the same with each ambiguity is refused', async () => {
    await using gateway = await start();
    const { port } = gateway;
    expect(await overSocket(port, head(port), body)).toBe('HTTP/1.1 200 OK');
    expect(await overSocket(port, head(port, [], 'evil.example'), body)).toMatch(/ 403 /);
    expect(await overSocket(port, head(port, [], `127.0.0.1:${port}/#@x`), body)).toMatch(/ 403 /);
    expect(await overSocket(port, head(port, ['Host: evil.example']), body)).toMatch(/ 400 /);
    expect(await overSocket(port, head(port, ['Authorization: Bearer other']), body)).toMatch(/ 400 /);
    expect(await overSocket(port, head(port, ['Mcp-Session-Id: a', 'mcp-session-id: b']), body)).toMatch(
      / 400 /,
    );
    expect(await overSocket(port, head(port, ['Transfer-Encoding: chunked']), body)).toMatch(/ 400 /);
    expect(await overSocket(port, head(port, ['Content-Length: 5']), body)).toMatch(/ 400 /);
    expect(await overSocket(port, head(port, [' folded: x']), body)).not.toMatch(/ 200 /);
    expect(await overSocket(port, head(port, [`X: ${'x'.repeat(1_048_576)}`]), body)).toMatch(/ 431 /);
    expect(
      await overSocket(
        port,
        head(
          port,
          Array.from({ length: 150 }, (_, n) => `X-${n}: 1`),
        ),
        body,
      ),
    ).toMatch(/ 400 /);
    expect(gateway.sessions).toBe(1);
  });

  test('stays answering while hundreds of clients send slowly, and lets go of them', async () => {
    await using gateway = await start({ limits: { bodyTimeoutMs: 1_500 } });
    const { port } = gateway;
    const sockets = Array.from({ length: 400 }, (_, index) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined).resume();
      // Half of them never finish their headers, half never their bodies.
      socket.write(
        index % 2 === 0 ? 'POST /mcp/crm HTTP/1.1\r\nHost: x\r\nX-Slow: ' : `${head(port)}\r\n\r\n{"jsonrpc"`,
      );
      return socket;
    });
    await Promise.all(sockets.map((socket) => (socket.connecting ? once(socket, 'connect') : undefined)));
    const session = await gateway.open('crm');
    expect((await gateway.send('crm', { session, body: callOf('call') })).status).toBe(200);
    const withBodies = sockets.filter((_, index) => index % 2 === 1);
    await until(() => withBodies.every((socket) => socket.destroyed || socket.readableEnded));
    for (const socket of sockets) socket.destroy();
    expect(gateway.refusals.filter(({ failure }) => failure.detail.includes('in time'))).toHaveLength(200);
  });

  test('refuses what is beyond the bound of requests under way', async () => {
    const gate = Promise.withResolvers<void>();
    let entered = 0;
    const enforce: TestGatewayOptions['enforce'] = async () => {
      entered += 1;
      await gate.promise;
      return { kind: 'forwarded', response: { member: 'result', json: '{}' }, bytes: 2, durationMs: 0 };
    };
    await using gateway = await start({ enforce, limits: { inFlightMax: 2 } });
    const session = await gateway.open('crm');
    const underWay = [1, 2].map((id) => gateway.send('crm', { session, body: callOf('call', {}, id) }));
    await until(() => entered === 2);
    const third = await gateway.send('crm', { session, body: callOf('call', {}, 3) });
    expect([third.status, third.json.error.data.failure]).toStrictEqual([503, 'overloaded']);
    gate.resolve();
    for (const sent of await Promise.all(underWay)) expect(sent.status).toBe(200);
  });
});

describe('a session', () => {
  test('belongs to the principal and the route that opened it', async () => {
    await using gateway = await start();
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

  test('is never guessed, even when there is only one', async () => {
    await using gateway = await start();
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
    await using gateway = await start();
    const session = await gateway.open('crm');
    const with_ = (version: string) =>
      gateway.send('crm', { session, body: callOf('call'), headers: { 'mcp-protocol-version': version } });
    expect((await with_('2025-11-25')).status).toBe(200);
    expect((await with_('2024-11-05')).status).toBe(400);
    expect((await with_('2026-07-28')).status).toBe(400);
  });

  test('ends when its client says so', async () => {
    await using gateway = await start();
    const session = await gateway.open('crm');
    expect((await gateway.send('crm', { session, method: 'DELETE' })).status).toBe(204);
    expect((await gateway.send('crm', { session, body: callOf('call') })).status).toBe(404);
  });

  test('ends when it is idle for too long, and use keeps it', async () => {
    let now = 1_000;
    await using gateway = await start({ monotonicMs: () => now, limits: { sessionIdleMs: 60_000 } });
    const session = await gateway.open('crm');
    now += 50_000;
    expect((await gateway.send('crm', { session, body: callOf('call') })).status).toBe(200);
    now += 50_000;
    expect((await gateway.send('crm', { session, body: callOf('call') })).status).toBe(200);
    now += 60_001;
    expect((await gateway.send('crm', { session, body: callOf('call') })).status).toBe(404);
  });

  test('gives way to newer ones beyond the bound', async () => {
    await using gateway = await start({ limits: { sessionsMax: 10 } });
    const first = await gateway.open('crm');
    for (let index = 0; index < 10; index += 1) await gateway.open('crm');
    expect(gateway.sessions).toBe(10);
    expect((await gateway.send('crm', { session: first, body: callOf('call') })).status).toBe(404);
  });

  test('tells of the server only what is governed here', async () => {
    await using gateway = await start();
    const { json } = await gateway.send('crm', { body: { ...INITIALIZE, id: 'x' } });
    expect(json).toStrictEqual({
      jsonrpc: '2.0',
      id: 'x',
      result: {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {}, resources: {} },
        serverInfo: { name: 'raw', version: '1' },
      },
    });
  });

  test('answers a ping itself', async () => {
    await using gateway = await start();
    const session = await gateway.open('crm');
    const before = upstream.seen.length;
    const { text } = await gateway.send('crm', { session, body: { jsonrpc: '2.0', id: 9, method: 'ping' } });
    expect(text).toBe('{"jsonrpc":"2.0","id":9,"result":{}}');
    expect(upstream.seen).toHaveLength(before);
  });
});

describe('a client that goes away', () => {
  test('before the decision has nothing forwarded', async () => {
    const decided = Promise.withResolvers<void>();
    let signal: AbortSignal | undefined;
    await using gateway = await start({
      decide: async ({ decisionId }, given) => {
        signal = given;
        await decided.promise;
        const { allow } = await import('./testing/answers.ts');
        return allow(decisionId);
      },
    });
    const session = await gateway.open('crm');
    const before = upstream.of('tools/call').length;
    const leaving = new AbortController();
    const sent = gateway.send('crm', { session, body: callOf('call'), signal: leaving.signal });
    sent.catch(() => undefined);
    await until(() => signal !== undefined);
    leaving.abort();
    await until(() => signal?.aborted === true);
    decided.resolve();
    await until(() => gateway.results.length === 1);
    expect(gateway.results).toMatchObject([{ kind: 'failed', failure: { code: 'client_gone' } }]);
    expect(upstream.of('tools/call')).toHaveLength(before);
  });

  test('in the middle of a call has it cancelled at the server', async () => {
    await using gateway = await start();
    const session = await gateway.open('crm');
    const before = upstream.of('notifications/cancelled').length;
    const leaving = new AbortController();
    gateway.send('crm', { session, body: callOf('hang'), signal: leaving.signal }).catch(() => undefined);
    await until(() => hanging === 1);
    leaving.abort();
    await until(() => gateway.results.length === 1 && hanging === 0);
    expect(gateway.results).toMatchObject([{ kind: 'failed', failure: { code: 'client_gone' } }]);
    await until(() => upstream.of('notifications/cancelled').length === before + 1);
    expect(upstream.of('notifications/cancelled').at(-1)?.body).toContain(
      `"requestId":"${gateway.calls[0]?.decisionId}"`,
    );
  });

  test('can cancel its own call by its id, and no other client’s', async () => {
    await using gateway = await start();
    const [mine, theirs] = [await gateway.open('crm', 'bot'), await gateway.open('crm', 'other')];
    const myCall = gateway.send('crm', { session: mine, body: callOf('hang', {}, 5) });
    const theirCall = gateway.send('crm', { session: theirs, who: 'other', body: callOf('hang', {}, 5) });
    await until(() => hanging === 2);
    const cancel = {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 5, reason: 'x' },
    };
    expect((await gateway.send('crm', { session: mine, body: cancel })).status).toBe(202);
    const { status, json } = await myCall;
    expect([status, json.error.data.failure]).toStrictEqual([200, 'client_gone']);
    await until(() => hanging === 1);
    expect((await gateway.send('crm', { session: theirs, who: 'other', method: 'DELETE' })).status).toBe(204);
    expect((await theirCall).json.error.data.failure).toBe('client_gone');
    await until(() => hanging === 0);
  });

  test('cannot have two requests of one id under way', async () => {
    await using gateway = await start();
    const session = await gateway.open('crm');
    const first = gateway.send('crm', { session, body: callOf('hang', {}, 5) });
    await until(() => hanging === 1);
    expect((await gateway.send('crm', { session, body: callOf('call', {}, 5) })).status).toBe(400);
    expect((await gateway.send('crm', { session, body: callOf('call', {}, '5') })).status).toBe(200);
    await gateway.send('crm', { session, method: 'DELETE' });
    await first;
  });
});
