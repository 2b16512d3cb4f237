import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Failure } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { listen, listenLocally } from './listener.ts';
import { transportOf } from './protocol/http/local-request.ts';

async function started(
  handle = (_request: IncomingMessage, response: ServerResponse) => void response.end(),
) {
  const failures: Failure[] = [];
  const refused = (failure: Failure) => `D-${failures.push(failure)}`;
  const listener = await listen({ host: '127.0.0.1', port: 0, handle, refused });
  const send = async (bytes: string) => {
    const socket = connect(listener.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(bytes);
    return text(socket);
  };
  return { failures, send, [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose]() };
}

const HEAD = 'GET / HTTP/1.1\r\nHost: x\r\n';

test.each([
  ['headers beyond the limit', `${HEAD}X: ${'x'.repeat(40_000)}\r\n\r\n`, 431, 'headers_too_large'],
  ['what is no HTTP', 'hello there\r\n\r\n', 400, 'bad_request'],
  ['two lengths', `${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400, 'bad_request'],
  ['a tunnel', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n', 405, 'method_not_allowed'],
])('%s is a problem with a code and an id, noted once', async (_what, bytes, status, code) => {
  await using at = await started();
  const [head = '', body = ''] = (await at.send(bytes)).split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(head).toContain('Content-Type: application/problem+json');
  expect(head).toContain('Bailiff-Decision-Id: D-1');
  expect(JSON.parse(body)).toMatchObject({ status, code, decision_id: 'D-1' });
  expect(at.failures.map((failure) => failure.code)).toStrictEqual([code]);
});

test('an answer that has begun is never followed by another one', async () => {
  await using at = await started((request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
    request.resume();
  });
  const answer = await at.send(
    'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nnonsense\r\n\r\n',
  );
  expect(answer.match(/HTTP\/1\.1/g) ?? []).toHaveLength(1);
});

test('a local socket serves MCP, readiness and the gateway’s address alone, in place of what a killed gateway left, and its requests are told apart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-'));
  try {
    const path = join(folder, 'gateway.sock');
    await writeFile(path, '');
    let connections = 0;
    const failures: Failure[] = [];
    await using _listening = await listenLocally({
      path,
      url: 'http://127.0.0.1:7070',
      handle: (request, response) => void response.end(transportOf(request)),
      refused: (failure) => `D-${failures.push(failure)}`,
      connected: () => {
        connections += 1;
      },
    });
    const send = async (target: string) => {
      const socket = connect(path);
      await once(socket, 'connect');
      socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      return text(socket);
    };
    for (const target of ['/mcp', '/mcp/crm', '/readyz'])
      expect(await send(target)).toMatch(/ 200 [\s\S]*stdio/);
    for (const target of ['/metrics', '/v1/decisions', '/mcpx', '/'])
      expect(await send(target)).toMatch(/ 404 /);
    expect(await send('/address')).toMatch(/ 200 [\s\S]*\r\n\r\nhttp:\/\/127\.0\.0\.1:7070$/);
    expect(connections).toBe(8);
    expect(failures.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => 'not_found'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a request before a malformed one on a connection is answered first, and the malformed one once, behind it', async () => {
  await using gateway = await started((request, response) => {
    request.resume();
    request.on('end', () => setImmediate(() => response.end('answer')));
  });
  const said = await gateway.send(`${HEAD}\r\nBAD REQUEST\r\n\r\nBAD AGAIN\r\n\r\n`);
  expect(said).toMatch(/^HTTP\/1\.1 200 [\s\S]*answer[\s\S]*HTTP\/1\.1 400 [\s\S]*bad_request/);
  expect(said.match(/HTTP\/1\.1 /g)).toHaveLength(2);
  expect(gateway.failures.map(({ code }) => code)).toEqual(['bad_request']);
});

test('nothing is written into an answer that has begun when something malformed comes behind its request', async () => {
  await using gateway = await started((_request, response) => {
    response.write('begun');
  });
  const said = await gateway.send(`${HEAD}\r\nBAD REQUEST\r\n\r\n`);
  expect(said).not.toMatch(/ 400 /);
  expect(gateway.failures).toEqual([]);
});
