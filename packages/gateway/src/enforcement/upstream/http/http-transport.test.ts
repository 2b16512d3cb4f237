import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { toolCall } from '../../testing/calls.ts';
import { until } from '../../testing/until.ts';
import { answer, type RawHttpOptions } from '../testing/raw-http-server.ts';
import { event, NEVER, openHttp, scripted, text } from '../testing/scripted-http.ts';
import { startSdkHttpServer } from '../testing/sdk-http-server.ts';

const textOf = (reply: { json: string }) => JSON.parse(reply.json).content[0].text;

describe.each([true, false])('a server made with the official SDK, answering as JSON: %s', (json) => {
  test('is described, listed and called', async () => {
    await using server = await startSdkHttpServer({ json });
    await using gateway = openHttp(server.url);
    expect(await gateway.raw.describe(NEVER)).toMatchObject({
      era: 'session',
      capabilities: { tools: {}, resources: {} },
      serverInfo: { name: 'fixture' },
    });
    expect(await gateway.raw.describe(NEVER)).not.toHaveProperty('instructions');
    const tools = await gateway.raw.list('tools', NEVER);
    expect(tools.map(({ id, hasOutputSchema }) => [id, hasOutputSchema])).toContainEqual(['weather', true]);
    expect(tools.map(({ id, hasOutputSchema }) => [id, hasOutputSchema])).toContainEqual(['echo', false]);
    expect((await gateway.raw.list('resources', NEVER)).map(({ id }) => id)).toStrictEqual([
      'note://one',
      'note://two',
    ]);
    expect(textOf(await gateway.forward('echo', { args: { text: 'hello' } }))).toBe('hello');
  });

  test('keeps one session per conversation, which ends with it', async () => {
    await using server = await startSdkHttpServer({ json });
    await using gateway = openHttp(server.url);
    await gateway.forward('echo', { args: { text: '1' }, conversation: 'one' });
    await gateway.forward('echo', { args: { text: '2' }, conversation: 'one' });
    await gateway.forward('echo', { args: { text: '3' }, conversation: 'two' });
    expect(server.sessions.size).toBe(3); // One of them is the gateway’s own.
    gateway.raw.endConversation('one');
    await until(() => server.sessions.size === 2);
    await gateway[Symbol.asyncDispose]();
    expect(server.sessions.size).toBe(0);
  });

  test('that has forgotten its sessions loses the call, and the next one goes through a fresh session', async () => {
    await using server = await startSdkHttpServer({ json });
    await using gateway = openHttp(server.url);
    await gateway.forward('echo', { args: { text: '1' } });
    server.forget();
    await expect(gateway.forward('echo', { args: { text: '2' } })).rejects.toMatchObject({
      code: 'upstream_unavailable',
      detail: expect.stringMatching(/lost the session.*once and not repeated; try again/),
    });
    expect(textOf(await gateway.forward('echo', { args: { text: '3' } }))).toBe('3');
  });
});

test('a call that is carried out and answered as if its session were unknown is sent exactly once', async () => {
  await using at = await scripted(
    (_message, response) => {
      response.writeHead(404);
      response.end();
    },
    { hasSessions: true },
  );
  await expect(at.forward('call')).rejects.toMatchObject({ code: 'upstream_unavailable' });
  expect(callBodies(at.server)).toHaveLength(1);
});

const callBodies = ({ of }: { of(method: string): readonly { body: string }[] }) =>
  of('tools/call').map(({ body }) => body);

describe('what a server over HTTP is sent', () => {
  test('is exactly the bytes that were handed over, once', async () => {
    await using at = await scripted(({ id }, response) => answer(response, id, text('ok')));
    await at.forward('call');
    expect(callBodies(at.server)).toStrictEqual([String(toolCall('call', { decisionId: 'call-1' }).bytes)]);
  });

  test('are the headers of the protocol and the configured ones, and no others', async () => {
    await using at = await scripted(
      ({ id }, response) => answer(response, id, text('ok')),
      { hasSessions: true },
      { headers: { authorization: { env: 'UPSTREAM_KEY' }, 'x-team': 'cx' } },
    );
    await at.forward('call');
    const [call] = at.server.of('tools/call');
    expect(Object.keys(call?.headers ?? {}).sort()).toStrictEqual([
      'accept',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'mcp-protocol-version',
      'mcp-session-id',
      'x-team',
    ]);
    expect(call?.headers).toMatchObject({
      authorization: 'of-the-gateway',
      'mcp-protocol-version': '2025-11-25',
      'mcp-session-id': 'session-2',
      'content-length': String(call?.body.length),
    });
  });

  test('is one request per call where the server keeps no sessions', async () => {
    await using at = await scripted(({ id }, response) => answer(response, id, text('ok')));
    for (const conversation of ['one', 'two', 'three']) await at.forward('call', { conversation });
    expect(at.server.seen.map(({ method }) => method)).toStrictEqual([
      'server/discover',
      'initialize',
      'notifications/initialized',
      'tools/call',
      'tools/call',
      'tools/call',
    ]);
  });

  test('a secret that is not set is told by name before anything starts', () => {
    expect(() =>
      openHttp('http://127.0.0.1:1/mcp', { headers: { authorization: { env: 'MISSING' } } }),
    ).toThrow(/servers\.raw: authorization takes its value from the environment variable MISSING/);
  });
});

const events = (...lines: string[]) => ({ type: 'text/event-stream', body: lines.join('') });
describe('an answer as a stream of events', () => {
  const stream =
    (make: (id: string) => { type: string; body: string }): RawHttpOptions['onCall'] =>
    ({ id }, response) => {
      const { type, body } = make(id);
      response.writeHead(200, { 'content-type': type });
      response.end(body);
    };

  test('is the one under our id, whatever else goes by', async () => {
    const onCall = stream((id) =>
      events(
        ': a comment\n\n',
        event({ jsonrpc: '2.0', id: 'another', result: text('foreign') }),
        event({ jsonrpc: '2.0', method: 'notifications/progress', params: {} }),
        event({ jsonrpc: '2.0', id: 1, method: 'sampling/createMessage', params: {} }),
        event({ jsonrpc: '2.0', id, result: text('forged') }, 'event: other\n'),
        event(
          { jsonrpc: '2.0', id, result: text('line one\n\ndata: {"forged":true}\r\u2028') },
          'id: 7\r\nevent: message\r\n',
        ),
      ),
    );
    await using at = await scripted(onCall);
    expect(textOf(await at.forward('call'))).toBe('line one\n\ndata: {"forged":true}\r\u2028');
    await until(() => at.server.seen.some(({ body }) => body.includes('-32601')));
  });

  test('that never ends is let go once the answer is there', async () => {
    await using at = await scripted(({ id }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(event({ jsonrpc: '2.0', id, result: text('there') }));
      const { promise, resolve } = Promise.withResolvers<void>();
      response.once('close', resolve);
      closed = promise;
    });
    let closed = Promise.resolve();
    expect(textOf(await at.forward('call'))).toBe('there');
    await closed;
  });

  test('that ends without our answer is an invalid one', async () => {
    await using at = await scripted(
      stream(() => events(event({ jsonrpc: '2.0', method: 'notifications/message' }))),
    );
    await expect(at.forward('call')).rejects.toMatchObject({ code: 'upstream_invalid' });
  });

  test('says when tools change, and the list is taken anew', async () => {
    const tools = [{ name: 'call', inputSchema: {} }];
    const onCall = stream((id) => {
      tools.push({ name: 'extra', inputSchema: {} });
      return events(
        event({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }),
        event({ jsonrpc: '2.0', id, result: text('ok') }),
      );
    });
    await using at = await scripted(onCall, { tools });
    expect(await at.raw.list('tools', NEVER)).toHaveLength(1);
    await at.forward('call');
    await until(async () => (await at.raw.list('tools', NEVER)).length === 2);
    expect(at.server.of('tools/list')).toHaveLength(2);
  });
});

describe('a server over HTTP that misbehaves', () => {
  const raw =
    (status: number, type: string, body: string): RawHttpOptions['onCall'] =>
    (_message, response) => {
      response.writeHead(status, { 'content-type': type });
      response.end(body);
    };

  test.each<[string, RawHttpOptions['onCall'], string]>([
    ['answers with HTML', raw(200, 'text/html', '<p>hello'), 'upstream_invalid'],
    [
      'answers with truncated JSON',
      raw(200, 'application/json', '{"jsonrpc":"2.0","id":"call-1","res'),
      'upstream_invalid',
    ],
    [
      'answers with invalid UTF-8',
      ({ id }, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(
          Buffer.concat([
            Buffer.from(`{"jsonrpc":"2.0","id":"${id}","result":{"a":"`),
            Buffer.from([0xff]),
            Buffer.from('"}}'),
          ]),
        );
      },
      'upstream_invalid',
    ],
    [
      'answers under a foreign id',
      (_message, response) => answer(response, 'another', text('x')),
      'upstream_invalid',
    ],
    [
      'answers with a batch',
      ({ id }, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify([{ jsonrpc: '2.0', id, result: text('x') }]));
      },
      'upstream_invalid',
    ],
    ['answers with nothing', raw(202, 'application/json', ''), 'upstream_invalid'],
    [
      'redirects',
      (_message, response) => {
        response.writeHead(307, { location: 'http://169.254.169.254/' });
        response.end();
      },
      'upstream_invalid',
    ],
    ['fails', raw(500, 'text/plain', 'oops'), 'upstream_unavailable'],
    ['refuses our credential', raw(401, 'text/plain', ''), 'upstream_unavailable'],
    ['resets the connection', (_message, response) => void response.destroy(), 'upstream_unavailable'],
    [
      'resets it in the middle',
      (_message, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"jsonrpc"', () => response.destroy());
      },
      'upstream_unavailable',
    ],
    [
      'succeeds under an error’s status',
      ({ id }, response) => {
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result: text('x') }));
      },
      'upstream_invalid',
    ],
  ])('and %s fails the call', async (_how, onCall, code) => {
    await using at = await scripted(onCall);
    await expect(at.forward('call')).rejects.toMatchObject({ code });
    expect(callBodies(at.server)).toHaveLength(1);
  });

  test('and tells of an error under an error’s status is passed on', async () => {
    await using at = await scripted(({ id }, response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32602, message: 'no' } }));
    });
    expect(await at.forward('call')).toStrictEqual({
      member: 'error',
      json: '{"code":-32602,"message":"no"}',
    });
  });

  test('and hangs is given up in time, and told', async () => {
    await using at = await scripted(() => undefined);
    await expect(at.forward('call', { timeoutMs: 60 })).rejects.toMatchObject({ code: 'upstream_timeout' });
    await until(() => at.server.of('notifications/cancelled').length === 1);
    expect(at.server.of('notifications/cancelled')[0]?.body).toContain('"requestId":"call-1"');
  });

  test('and dribbles is given up in time', async () => {
    await using at = await scripted((_message, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const dribble = setInterval(() => response.write(' '), 5);
      response.once('close', () => clearInterval(dribble));
    });
    await expect(at.forward('call', { timeoutMs: 100 })).rejects.toMatchObject({ code: 'upstream_timeout' });
  });

  test.each([
    'application/json',
    'text/event-stream',
  ])('and sends a gigabyte of %s is cut off at the limit', async (type) => {
    let written = 0;
    const onCall: RawHttpOptions['onCall'] = (_message, response) => {
      response.writeHead(200, { 'content-type': type });
      const chunk = Buffer.alloc(1_048_576, 0x20);
      const more = () => {
        while (written < 1_024 && !response.destroyed) {
          written += 1;
          if (!response.write(chunk)) return;
        }
        response.end();
      };
      response.on('drain', more);
      response.on('error', () => undefined);
      more();
    };
    await using at = await scripted(onCall, {}, { limits: { resultBytesMax: 4_194_304 } });
    await expect(at.forward('call')).rejects.toMatchObject({ code: 'upstream_invalid' });
    expect(written).toBeLessThan(100);
  });

  test('and is not there fails the call', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await until(() => closed.listening);
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    await using gateway = openHttp(`http://127.0.0.1:${port}/mcp`);
    await expect(gateway.forward('call')).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });

  test('gets nothing from a client that left before, and is told of one that leaves meanwhile', async () => {
    await using at = await scripted(() => undefined);
    await at.raw.describe(NEVER);
    await expect(at.forward('call', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'client_gone',
    });
    expect(callBodies(at.server)).toHaveLength(0);
    const leaving = new AbortController();
    const hanging = at.forward('call', { signal: leaving.signal });
    await until(() => callBodies(at.server).length === 1);
    leaving.abort();
    await expect(hanging).rejects.toMatchObject({ code: 'client_gone' });
    await until(() => at.server.of('notifications/cancelled').length === 1);
  });

  test('and comes back is found again without a restart', async () => {
    let isDown = true;
    const override: RawHttpOptions['override'] = (_message, response) => {
      if (isDown) response.destroy();
      return isDown;
    };
    await using at = await scripted(({ id }, response) => answer(response, id, text('back')), { override });
    await expect(at.forward('call')).rejects.toMatchObject({ code: 'upstream_unavailable' });
    isDown = false;
    expect(textOf(await at.forward('call'))).toBe('back');
  });
});

test('more conversations than can be heard are told so', async () => {
  await using at = await scripted(({ id }, response) => answer(response, id, text('x')));
  const wanted = { resources: [], logLevel: undefined };
  const { principal } = toolCall('any');
  const listen = (key: string) =>
    at.raw.listen({ key, capabilities: {}, principal }, wanted, () => undefined);
  const listening = await Promise.all(Array.from({ length: 1_000 }, (_, each) => listen(`c-${each}`)));
  await expect(listen('one more')).rejects.toMatchObject({ code: 'overloaded' });
  await listening[0]?.[Symbol.asyncDispose]();
  await using _again = await listen('another');
  await Promise.all(listening.map((one) => one[Symbol.asyncDispose]()));
});
