import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifies } from '../../requirements.ts';
import { CountingUpstream } from './counting-upstream.ts';
import { type Desk, openDesk } from './desk.ts';
import { KEYS } from './gateway-process.ts';
import { envelope, McpClient, post, type Told, toldBy } from './mcp-client.ts';
import { residentMib, until } from './processes.ts';
import { expectPromisesKept, readRecord, witnessOf } from './record.ts';

/** Clients that send slowly, at once. */
const SLOW_CLIENTS = Number(process.env.BAILIFF_SLOW_CLIENTS ?? 500);

const upstream = CountingUpstream.ofSuite();
let desk: Desk;
let url = '';
let arrivedBefore = 0;
beforeAll(async () => {
  const http = { transport: 'http', url: upstream.url };
  desk = await openDesk(upstream, { configuration: { servers: { desk: http, other: http } } });
  upstream.witness = witnessOf(desk.gateway.record);
  url = `${desk.gateway.url}/mcp/desk`;
});
afterAll(() => desk[Symbol.asyncDispose]());
beforeEach(() => {
  arrivedBefore = upstream.calls.length;
});
afterEach(async () => {
  expect((await desk.call()).kind, 'the next call is none the worse for it').toBe('done');
  await desk.closed();
  expectPromisesKept(readRecord(desk.gateway.record), upstream, desk.told);
});

const arrived = () => upstream.calls.length - arrivedBefore;
const calling = (name: string) => JSON.parse(envelope('tools/call', { name, arguments: {} })) as object;

/** Refused with this status and reason, recorded under the id that the client was told, and nothing was forwarded. */
async function expectRefused(told: Told, status: number, reason: string): Promise<void> {
  expect(told).toMatchObject({ kind: 'failed', status, reasons: [reason] });
  expect(told.namedId).toBe(told.decisionId);
  const recorded = () => readRecord(desk.gateway.record).refusals.get(told.decisionId);
  await until('it is recorded', () => recorded() !== undefined);
  expect(recorded()?.failure).toBe(reason);
  expect(arrived()).toBe(0);
}

describe('a body that is not one plain message', () => {
  test.each<[string, unknown]>([
    ['a batch of one', [calling('lookup')]],
    ['a batch of two', [calling('lookup'), calling('note')]],
    [
      'a batch of a harmless request and a call',
      [{ jsonrpc: '2.0', id: 1, method: 'ping' }, calling('lookup')],
    ],
    ['an empty batch', []],
  ])('as %s is refused and recorded, once', async (_what, batch) => {
    verifies('hole-batch');
    const before = readRecord(desk.gateway.record).refusals.size;
    await expectRefused(await desk.client.send(JSON.stringify(batch)), 400, 'batch_refused');
    expect(readRecord(desk.gateway.record).refusals.size).toBe(before + 1);
  });

  const around = (params: string) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`;
  test.each<[string, string | Uint8Array<ArrayBuffer>]>([
    ['a name twice', around('{"name":"lookup","name":"note","arguments":{}}')],
    ['a name twice, once escaped', around('{"name":"lookup","n\\u0061me":"note","arguments":{}}')],
    ['a name in two cases', around('{"name":"lookup","Name":"note","arguments":{}}')],
    [
      'arguments twice, once with a long s',
      around('{"name":"lookup","arguments":{},"argument\u017f":{"a":1}}'),
    ],
    ['an argument twice', around('{"name":"lookup","arguments":{"rows":1,"rows":500}}')],
    [
      'a method twice',
      '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"lookup"}}',
    ],
    ['a number that is not finite', around('{"name":"lookup","arguments":{"rows":1e400}}')],
    ['a number that loses digits', around('{"name":"lookup","arguments":{"rows":9007199254740993}}')],
    ['NaN', around('{"name":"lookup","arguments":{"rows":NaN}}')],
    ['a byte order mark', `\uFEFF${around('{"name":"lookup"}')}`],
    [
      'bytes that are not UTF-8',
      new Uint8Array([...Buffer.from(around('{"name":"look')), 0xff, 0x22, 0x7d, 0x7d]),
    ],
    ['two messages', `${around('{"name":"lookup"}')}${around('{"name":"note"}')}`],
    ['65 levels', around(`{"name":"lookup","arguments":{"a":${'['.repeat(62)}${']'.repeat(62)}}}`)],
  ])('with %s is refused and recorded', async (_what, body) => {
    verifies('one-parse', 'matrix-20');
    await expectRefused(await desk.client.send(body), 400, 'unparseable');
  });

  test('with 64 levels is not too deep', async () => {
    const body = around(`{"name":"lookup","arguments":{"a":${'['.repeat(61)}${']'.repeat(61)}}}`);
    expect((await desk.client.send(body)).kind).toBe('done');
  });
});

describe('a session', () => {
  test('is nobody else’s, on no other route, and is never guessed', async () => {
    verifies('hole-session');
    const { session } = desk.client;
    const body = envelope('tools/call', { name: 'lookup', arguments: {} });
    const sent = async (path: string, key: string, headers: Readonly<Record<string, string>>) =>
      toldBy(await post(`${desk.gateway.url}${path}`, { authorization: `Bearer ${key}`, ...headers }, body));
    const stolen = { 'mcp-session-id': session };
    await expectRefused(await sent('/mcp/desk', KEYS.stranger, stolen), 404, 'session_unknown');
    await expectRefused(await sent('/mcp/other', KEYS.clerk, stolen), 404, 'session_unknown');
    await expectRefused(
      await sent('/mcp/desk', KEYS.clerk, { 'mcp-session-id': 'guess' }),
      404,
      'session_unknown',
    );
    await expectRefused(await sent('/mcp/desk', KEYS.clerk, {}), 400, 'bad_request');
    await expectRefused(await sent('/mcp/desk', '', stolen), 401, 'unauthenticated');
    await expectRefused(await sent('/mcp/desk', `${KEYS.clerk}x`, stolen), 401, 'unauthenticated');
  });

  test('is not ended by anybody else', async () => {
    verifies('hole-session', 'hole-methods');
    const headers = { authorization: `Bearer ${KEYS.stranger}`, 'mcp-session-id': desk.client.session };
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(404);
  });
});

describe('no other way in:', () => {
  test.each([
    'GET',
    'DELETE',
    'PUT',
    'PATCH',
    'HEAD',
    'OPTIONS',
    'POST',
  ])('%s without a credential is 401', async (method) => {
    verifies('hole-methods', 'nobody-gets-in');
    for (const path of ['/mcp/desk', '/mcp/nowhere'])
      expect((await fetch(`${desk.gateway.url}${path}`, { method })).status).toBe(401);
    expect(arrived()).toBe(0);
  });

  test.each(['PUT', 'PATCH'])('%s with one is 405', async (method) => {
    verifies('hole-methods');
    const headers = { authorization: `Bearer ${KEYS.clerk}`, 'mcp-session-id': desk.client.session };
    expect((await fetch(url, { method, headers })).status).toBe(405);
  });

  test('GET with one opens no stream but that of its own session', async () => {
    verifies('hole-methods', 'hole-session');
    const get = (session: Record<string, string>, key = KEYS.clerk) =>
      fetch(url, { headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream', ...session } });
    expect((await get({})).status).toBe(400);
    expect((await get({ 'mcp-session-id': 'f'.repeat(32) })).status).toBe(404);
  });

  test.each([
    'evil.example',
    'localhost:4000/#@x',
    '127.0.0.1:1',
    '127.0.0.1@evil.example',
  ])('as Host %s is refused before anything else', async (host) => {
    verifies('hole-host');
    const body = envelope('tools/call', { name: 'lookup', arguments: {} });
    const answer = await raw(
      `POST /mcp/desk HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${KEYS.clerk}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 40[03] /);
    expect(arrived()).toBe(0);
  });
});

describe('a client that asks before it sends its body', () => {
  const head = (key: string, path: string, length: number) => {
    const { host } = new URL(url);
    return (
      `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${key}\r\nExpect: 100-continue\r\n` +
      `Mcp-Session-Id: ${desk.client.session}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`
    );
  };

  test.each([
    '/mcp/desk',
    '/v1/decisions',
  ])('is not told to by %s before it is known who it is', async (path) => {
    verifies('nobody-gets-in');
    expect(await raw(head('nobody', path, 1_000))).toMatch(/^HTTP\/1\.1 401 /);
  });

  test.each([
    ['/mcp/desk', envelope('tools/list', {}), '"tools"'],
    ['/v1/decisions', JSON.stringify({ action: { type: 'tool_call', tool: 'desk.lookup' } }), '"allow"'],
  ])('is told to by %s once it is let in, and is answered', async (path, body, told) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('utf8').on('data', (text) => {
      answer += text;
    });
    socket.write(head(KEYS.clerk, path, Buffer.byteLength(body)));
    await until('it may send', () => answer.includes('\r\n\r\n'));
    expect(answer).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(body);
    await until('an answer', () => answer.includes(told) || socket.destroyed);
    expect(answer).toContain(told);
    socket.destroy();
  });
});

describe('what a client brings along', () => {
  test('never reaches the server: neither its credential nor what it claims to be', async () => {
    verifies('no-token-pass-through', 'identity-headers');
    const canary = 'canary-4711';
    const claims = {
      cookie: `session=${canary}`,
      'x-api-token': canary,
      'proxy-authorization': `Basic ${canary}`,
      'x-forwarded-user': canary,
      'x-bailiff-user': canary,
      'x-bailiff-agent': canary,
      'x-auth-request-user': canary,
      'x-amzn-oidc-identity': canary,
      traceparent: canary,
    };
    upstream.requests.length = 0;
    const client = await McpClient.open(desk.gateway.url, { key: KEYS.clerk, headers: claims });
    const told = await client.call('lookup', { rows: 5 });
    expect(told.kind).toBe('done');
    await client.request('tools/list');
    expect(arrived()).toBe(1);
    const seen = JSON.stringify(upstream.requests);
    expect(seen).toContain('tools/call');
    expect(seen).not.toContain(KEYS.clerk);
    expect(seen).not.toContain(canary);
    expect(upstream.requests.map(({ headers }) => headers.authorization)).not.toContain(expect.anything());
    await desk.closed();
    const { principal, input } = readRecord(desk.gateway.record).decisions.get(told.decisionId) ?? {};
    expect(principal).toMatchObject({ agent: 'clerk', user: 'ida', credential_id: 'clerk' });
    expect(JSON.stringify(input)).not.toContain(canary);
  });
});

describe('clients that are a burden', () => {
  test('that connect and say nothing are let go, and are no requests that anybody would have to look for in the record', async () => {
    verifies('matrix-20');
    const { hostname, port } = new URL(url);
    const before = readRecord(desk.gateway.record).refusals.size;
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = connect(Number(port), hostname);
        let answer = '';
        socket.on('data', (bytes) => {
          answer += bytes;
        });
        await new Promise((resolve) => socket.once('close', resolve));
        return answer;
      }),
    );
    expect(new Set(answers)).toEqual(new Set(['']));
    await desk.call(); // What is recorded now is recorded after all that was said before.
    await desk.closed();
    expect(readRecord(desk.gateway.record).refusals.size).toBe(before);
  });

  test('with a megabyte of headers are told so, and cost nothing', async () => {
    verifies('matrix-20');
    const answer = await raw(
      `POST /mcp/desk HTTP/1.1\r\nHost: x\r\n${`X-A: ${'a'.repeat(1_000)}\r\n`.repeat(1_000)}\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('with a body beyond the limit are told so', async () => {
    verifies('matrix-20');
    const { hostname, port } = new URL(url);
    const answer = await raw(
      `POST /mcp/desk HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${KEYS.clerk}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 5000000\r\n\r\n{',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    const id = /^bailiff-decision-id: (\S+)/im.exec(answer)?.[1] ?? '';
    await until('it is recorded', () => readRecord(desk.gateway.record).refusals.has(id));
    expect(readRecord(desk.gateway.record).refusals.get(id)?.failure).toBe('body_too_large');
  });

  test('that send slowly are let go, and the others are answered all the while', async () => {
    verifies('matrix-20');
    const memoryMib = residentMib(desk.gateway.pid);
    const { hostname, port } = new URL(url);
    const head = `POST /mcp/desk HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${KEYS.clerk}\r\n`;
    const slowly = [head, `${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"a":`];
    const sockets: Socket[] = [];
    const closed = Array.from({ length: SLOW_CLIENTS }, async (_, number) => {
      const socket = connect(Number(port), hostname);
      sockets.push(socket);
      socket.on('error', () => {}); // The gateway hangs up, as it should.
      socket.resume();
      socket.write(slowly[number % 2] ?? '');
      const dribble = setInterval(() => socket.write('X'), 1_000);
      await new Promise((resolve) => socket.once('close', resolve));
      clearInterval(dribble);
    });
    const all = Promise.all(closed);
    let isOver = false;
    void all.then(() => {
      isOver = true;
    });
    const latenciesMs: number[] = [];
    try {
      while (!isOver) {
        const startedMs = performance.now();
        expect((await desk.call()).kind).toBe('done');
        latenciesMs.push(performance.now() - startedMs);
        expect(residentMib(desk.gateway.pid) - memoryMib, 'memory is bounded').toBeLessThan(300);
        if (latenciesMs.length % 50 === 0) await desk.closed();
      }
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    await all;
    expect(latenciesMs.length).toBeGreaterThan(10);
    expect(Math.max(...latenciesMs), 'nobody else waits for them').toBeLessThan(5_000);
  });
});

/** Sends bytes and gives all that comes back until the gateway hangs up or has answered. */
async function raw(request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {}); // It may hang up before it has read everything.
  let answer = '';
  socket.setEncoding('latin1').on('data', (text) => {
    answer += text;
  });
  socket.write(request);
  await until('an answer', () => answer.includes('\r\n\r\n') || socket.destroyed);
  socket.destroy();
  return answer;
}
