import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Bridge } from './bridge.ts';
import { LocalGateway } from './local-gateway.ts';

/** A gateway on a local socket, and a bridge to it that takes so long to find it. */
async function open(listener: RequestListener, { startsAfterMs = 0 } = {}) {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-bridge-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'gateway.sock');
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  opened.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const written: { readonly id?: unknown; readonly error?: { readonly message: string } }[] = [];
  const bridge = new Bridge({
    path: '/mcp',
    authorization: 'Bearer key',
    findGateway: async (signal) => {
      await delay(startsAfterMs, undefined, { signal });
      return LocalGateway.open(path);
    },
    write: async (text) => void written.push(JSON.parse(text)),
    log: () => undefined,
  });
  opened.defer(() => bridge.end());
  const kept = opened.move();
  return {
    bridge,
    written,
    send: (message: object) =>
      void bridge.received(Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }))),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const answer: RequestListener = (request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 's' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(body || '{}').id, result: {} }));
  });
};

test('what was asked is answered however long the gateway takes to start', async () => {
  await using at = await open(answer, { startsAfterMs: 300 });
  at.send({ id: 1, method: 'initialize', params: {} });
  at.send({ id: 2, method: 'tools/call', params: { name: 'x' } });
  await at.bridge.answered(50);
  expect(at.written.map(({ id }) => id)).toEqual([1, 2]);
});

test('a call that the gateway is at work on is waited for so long, and what has no effect until it is answered', async () => {
  const late: RequestListener = (request, response) => void setTimeout(() => answer(request, response), 300);
  await using at = await open(late);
  at.send({ id: 1, method: 'initialize', params: {} });
  await at.bridge.answered(50);
  expect(at.written.map(({ id }) => id)).toEqual([1]);
  at.send({ id: 2, method: 'tools/call', params: { name: 'x' } });
  await at.bridge.answered(50);
  expect(at.written).toHaveLength(1);
});

test('what a gateway without a release refuses is told in its words, under the client’s own id', async () => {
  const message = 'No release is active yet. Send the same request again in a few seconds.';
  const error = { code: -32_015, message, data: { failure: 'not_ready', decision_id: 'D' } };
  const refuse: RequestListener = (_request, response) => {
    response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error }));
  };
  await using at = await open(refuse);
  at.send({ id: 7, method: 'initialize', params: {} });
  await at.bridge.answered(50);
  expect(at.written).toEqual([{ jsonrpc: '2.0', id: 7, error }]);
});

test('a request before initialize is told to initialize first, and nothing of headers', async () => {
  const message = 'The header Mcp-Session-Id is missing.';
  const error = { code: -32_600, message, data: { failure: 'bad_request', decision_id: 'D' } };
  const refuse: RequestListener = (_request, response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error }));
  };
  await using at = await open(refuse);
  at.send({ id: 7, method: 'tools/list' });
  await at.bridge.answered(50);
  const told = { ...error, message: 'There is no session: send `initialize` first.' };
  expect(at.written).toEqual([{ jsonrpc: '2.0', id: 7, error: told }]);
});
