import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../enforcement/testing/until.ts';
import { callOf, type ScriptedCrm, startScriptedCrm } from './testing/scripted-crm.ts';
import { INITIALIZE, type TestGateway, type TestGatewayOptions } from './testing/test-gateway.ts';

let crm: ScriptedCrm;
beforeAll(async () => {
  crm = await startScriptedCrm();
});
afterAll(() => crm[Symbol.asyncDispose]());

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
    ['GET without a session', { method: 'GET' }, 400, 'bad_request'],
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
    await using gateway = await crm.start({ limits: { bodyBytesMax: 16_384 } });
    const sent = await gateway.send('crm', { body: INITIALIZE, ...options });
    expect(sent.status).toBe(status);
    expect(sent.json).toMatchObject({ jsonrpc: '2.0', error: { data: { failure: code } } });
    expect(sent.headers.get('bailiff-decision-id')).toBe(sent.json.error.data.decision_id);
    // Every client asks once for a stream of events: an answer, not an incident.
    expect(gateway.refusals).toHaveLength(1);
    expect(gateway.sessions).toBe(0);
    if (status === 401) expect(sent.headers.get('www-authenticate')).toBe('Bearer');
    if (status === 405) expect(sent.headers.get('allow')).toBe('POST, GET, DELETE');
  });

  test('accepts the origin that is listed, and clients that accept anything', async () => {
    await using gateway = await crm.start();
    const headers = { origin: 'https://console.example', accept: '*/*' };
    expect((await gateway.send('crm', { body: INITIALIZE, headers })).status).toBe(200);
  });

  test('answers for no server that is not configured', async () => {
    await using gateway = await crm.start();
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
    await using gateway = await crm.start();
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

  test('tells a client with a huge body what is wrong, though it is not read', async () => {
    await using gateway = await crm.start({ limits: { bodyBytesMax: 16_384 } });
    for (const headers of [{}, { authorization: undefined }]) {
      const { status } = await gateway.send('crm', { raw: Buffer.alloc(33_554_432, 0x20), headers });
      expect(status).toBe('authorization' in headers ? 401 : 413);
    }
  });

  test.each([
    'Content-Length: 33554432',
    'Transfer-Encoding: chunked',
  ])('lets a client that sends all of its body before it reads read the refusal: %s', async (framing) => {
    await using gateway = await crm.start({ limits: { bodyBytesMax: 16_384 } });
    const socket = connect(gateway.port, '127.0.0.1');
    const broken: string[] = [];
    socket.on('error', ({ message }) => broken.push(message));
    let received = '';
    socket.pause();
    const isChunked = framing.startsWith('Transfer');
    const part = Buffer.alloc(1_048_576, 0x20);
    socket.write(
      `POST /mcp/crm HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nAuthorization: Bearer bot\r\n` +
        `Content-Type: application/json\r\n${framing}\r\n\r\n`,
    );
    for (let count = 0; count < 32; count += 1) {
      if (isChunked) socket.write('100000\r\n');
      await new Promise((resolve) => socket.write(part, resolve));
      if (isChunked) socket.write('\r\n');
    }
    if (isChunked) socket.write('0\r\n\r\n');
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.resume();
    await once(socket, 'close');
    expect(broken).toStrictEqual([]);
    expect(received).toMatch(/^HTTP\/1\.1 413 /);
    expect(received).toContain('"failure":"body_too_large"');
  });

  test('refuses a query by saying so, and after the credential', async () => {
    await using gateway = await crm.start();
    const sent = await gateway.send('crm?token=x', { body: INITIALIZE });
    expect(sent.status).toBe(400);
    expect(sent.json.error.message).toContain('takes no query');
    expect(gateway.refusals[0]?.route).toBe('POST /mcp/crm');
    const stranger = await gateway.send('crm?x', { body: INITIALIZE, headers: { authorization: undefined } });
    expect(stranger.status).toBe(401);
  });

  test('names the setting that lets a Host or an Origin in', async () => {
    await using gateway = await crm.start();
    const origin = await gateway.send('crm', { body: INITIALIZE, headers: { origin: 'https://x.example' } });
    expect(origin.json.error.message).toContain('listen.allowed_origins');
    expect(gateway.refusals[0]?.failure.code).toBe('origin_refused');
    await overSocket(gateway.port, head(gateway.port, [], 'box.example'), body);
    expect(gateway.refusals[1]?.failure.detail).toContain('listen.allowed_hosts');
    const nameless = head(gateway.port).replace(/Host: .*\r\n/, '');
    expect(await overSocket(gateway.port, nameless, body)).toMatch(/ 400 /);
    expect(gateway.refusals[2]?.failure.detail).toContain('Host');
  });

  test('stays answering while hundreds of clients send slowly, and lets go of them', async () => {
    await using gateway = await crm.start({ limits: { bodyTimeoutMs: 1_500 } });
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
    await using gateway = await crm.start({ enforce, limits: { inFlightMax: 2 } });
    const session = await gateway.open('crm');
    const underWay = [1, 2].map((id) => gateway.send('crm', { session, body: callOf('call', {}, id) }));
    await until(() => entered === 2);
    const third = await gateway.send('crm', { session, body: callOf('call', {}, 3) });
    expect([third.status, third.json.error.data.failure]).toStrictEqual([503, 'overloaded']);
    gate.resolve();
    for (const sent of await Promise.all(underWay)) expect(sent.status).toBe(200);
  });
});
