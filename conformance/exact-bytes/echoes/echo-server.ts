/**
 * An MCP server that says what it got: the digest of each call’s bytes, and what Node’s own parser reads in them. The servers
 * in the other languages beside this one do the same. `echo-server.ts TABLES`, where TABLES is a file with the results of
 * everything but calls, by path and method. It ends with its standard input.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Tables = Readonly<Record<string, Readonly<Record<string, object>>>>;
const tables: Tables = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));

/** What arrived since somebody last asked. */
let received: object[] = [];

/** By name of the parser: method, name and arguments as it reads them, as a JSON text of its own making. */
function readingsOf(body: Buffer): Record<string, string> {
  try {
    const { method, params } = JSON.parse(body.toString('utf8'));
    return { 'node JSON.parse': JSON.stringify([method, params?.name ?? null, params?.arguments ?? {}]) };
  } catch (thrown) {
    return { 'node JSON.parse': `refused: ${thrown}` };
  }
}

function answer(response: ServerResponse, status: number, value?: unknown): void {
  const text = value === undefined ? '' : JSON.stringify(value);
  response.writeHead(status, {
    'content-length': Buffer.byteLength(text),
    ...(value === undefined ? {} : { 'content-type': 'application/json' }),
  });
  response.end(text);
}

function speak(path: string, body: Buffer, response: ServerResponse): void {
  const sha256 = createHash('sha256').update(body).digest('hex');
  let message: { readonly id?: unknown; readonly method?: unknown } = {};
  try {
    message = JSON.parse(body.toString('utf8'));
  } catch {
    // Whatever it is, it arrived, and that is told.
  }
  const { id, method = null } = message;
  received.push({ id: id ?? null, method, sha256, base64: body.toString('base64') });
  if (id === undefined) {
    answer(response, 202);
    return;
  }
  const table = tables[path] ?? {};
  const result = Object.hasOwn(table, String(method)) ? table[String(method)] : undefined;
  if (result !== undefined) answer(response, 200, { jsonrpc: '2.0', id, result });
  else if (method === 'tools/call') {
    const structuredContent = { sha256, readings: readingsOf(body) };
    const said = { content: [{ type: 'text', text: 'echoed' }], structuredContent };
    const complete = path === '/stateless' ? { resultType: 'complete', ...said } : said;
    answer(response, 200, { jsonrpc: '2.0', id, result: complete });
  } else {
    const error = { code: -32601, message: 'Method not found' };
    answer(response, 200, { jsonrpc: '2.0', id, error });
  }
}

/** Many bodies at once, each behind its length in four bytes. */
function readAll(frames: Buffer): Record<string, string>[] {
  const readings = [];
  for (let at = 0; at < frames.length; ) {
    const end = at + 4 + frames.readUInt32BE(at);
    readings.push(readingsOf(frames.subarray(at + 4, end)));
    at = end;
  }
  return readings;
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('error', () => {}); // Whoever breaks off gets no answer.
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const path = request.url ?? '';
    if (path === '/received') {
      answer(response, 200, received);
      received = [];
    } else if (path === '/read') answer(response, 200, readAll(body));
    else if (request.method === 'POST') speak(path, body, response);
    else answer(response, request.method === 'DELETE' ? 200 : 405);
  });
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listening ${(server.address() as AddressInfo).port}\n`);
});
process.stdin.resume().on('end', () => process.exit());
