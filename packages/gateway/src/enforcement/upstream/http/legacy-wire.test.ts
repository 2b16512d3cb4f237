import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { until } from '../../testing/until.ts';
import { NEVER, openHttp, text } from '../testing/scripted-http.ts';
import { startSdkAskingServer } from '../testing/sdk-asking-server.ts';

/** A server whose stream names the given address for messages, and answers calls as it is told. */
async function startLegacy(endpoint: string, onCall: (stream: ServerResponse, id: string) => void) {
  const streams: ServerResponse[] = [];
  const posted: { path: string; method: string }[] = [];
  const say = (stream: ServerResponse, message: object) =>
    stream.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`);
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: endpoint\ndata: ${endpoint}\n\n`);
      streams.push(response);
      return;
    }
    if (request.url === '/mcp') {
      response.writeHead(404).end();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { id, method } = JSON.parse(Buffer.concat(chunks).toString());
    posted.push({ path: request.url ?? '', method });
    response.writeHead(202).end();
    const stream = streams.at(-1);
    if (stream === undefined) return;
    const capabilities = { tools: {} };
    const serverInfo = { name: 'old', version: '1' };
    if (method === 'initialize') {
      say(stream, { id, result: { protocolVersion: '2024-11-05', capabilities, serverInfo } });
    } else if (method === 'tools/call') onCall(stream, id);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    streams,
    posted,
    say,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a server of the first transport is found out by its stream, and spoken to at the address that it names', async () => {
  await using server = await startLegacy('/messages?s=1', (stream, id) => {
    stream.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result: text('old') })}\n\n`);
  });
  await using gateway = openHttp(server.url);
  expect(await gateway.raw.describe(NEVER)).toMatchObject({ era: 'session', version: '2024-11-05' });
  expect(JSON.parse((await gateway.forward('call')).json)).toStrictEqual(text('old'));
  expect(new Set(server.posted.map(({ path }) => path))).toStrictEqual(new Set(['/messages?s=1']));
  expect(server.streams).toHaveLength(2); // One for the gateway, one for the conversation.
});

test.each([
  'http://127.0.0.1:1/messages',
  'https://elsewhere.example/',
  '//elsewhere.example/x',
  'http://',
])('a server is not believed that wants its messages at %s', async (endpoint) => {
  await using server = await startLegacy(endpoint, () => undefined);
  await using gateway = openHttp(server.url, { protocol: 'sse' });
  await expect(gateway.raw.describe(NEVER)).rejects.toMatchObject({ code: 'upstream_invalid' });
  expect(server.posted).toStrictEqual([]);
});

test('a call whose stream ends fails, and the next one goes through a fresh session', async () => {
  let calls = 0;
  await using server = await startLegacy('/messages', (stream, id) => {
    calls += 1;
    if (calls === 1) stream.end();
    else
      stream.write(
        `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result: text('again') })}\n\n`,
      );
  });
  await using gateway = openHttp(server.url, { protocol: 'sse' });
  await expect(gateway.forward('call')).rejects.toMatchObject({ code: 'upstream_unavailable' });
  expect(JSON.parse((await gateway.forward('call')).json)).toStrictEqual(text('again'));
});

test('a stream ends with its conversation', async () => {
  await using server = await startSdkAskingServer('sse');
  await using gateway = openHttp(server.url);
  await gateway.forward('capabilities', { conversation: 'one' });
  await gateway.forward('capabilities', { conversation: 'two' });
  await until(() => server.servers.size === 3);
  gateway.raw.endConversation('one');
  await until(() => server.servers.size === 2);
  await gateway[Symbol.asyncDispose]();
  await until(() => server.servers.size === 0);
});

test('a question while two calls are under way is about neither, and refused', async () => {
  await using server = await startLegacy('/messages', () => undefined);
  await using gateway = openHttp(server.url, { protocol: 'sse' });
  const leaving = new AbortController();
  const calls = [1, 2].map(() => gateway.forward('call', { signal: leaving.signal }).catch(() => undefined));
  await until(() => server.posted.filter(({ method }) => method === 'tools/call').length === 2);
  const stream = server.streams.at(-1);
  if (stream !== undefined) server.say(stream, { id: 'q', method: 'roots/list' });
  await until(() => server.posted.some(({ method }) => method === undefined));
  leaving.abort();
  await Promise.all(calls);
});
