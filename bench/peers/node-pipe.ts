/**
 * The floor: `node:http` to undici, nothing read. With `--opa SOCKET` it asks OPA once per call and ignores what it says,
 * which is the naive way of putting OPA beside a proxy.
 */
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';

const { values } = parseArgs({
  options: { upstream: { type: 'string' }, opa: { type: 'string' }, input: { type: 'string' } },
});
const pool = new Pool(values.upstream ?? '', { connections: 64, keepAliveTimeout: 600_000 });
const socketPath = values.opa;
const opa =
  socketPath === undefined
    ? undefined
    : new Pool('http://localhost', { connections: 8, connect: { socketPath } });
const question = Buffer.from(values.input ?? '{"input":{}}');

const server = createServer(async (request, response) => {
  if (opa !== undefined) {
    const answer = await opa.request({
      method: 'POST',
      path: '/v1/data/bailiff/decision',
      body: question,
      headers: { 'content-type': 'application/json' },
    });
    await answer.body.text();
  }
  const { statusCode, headers, body } = await pool.request({
    method: 'POST',
    path: '/mcp',
    body: request,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'content-length': request.headers['content-length'],
    },
  });
  const length = headers['content-length'];
  response.writeHead(statusCode, {
    'content-type': String(headers['content-type']),
    ...(length === undefined ? {} : { 'content-length': String(length) }),
  });
  body.pipe(response);
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`listening ${JSON.stringify(server.address())}\n`));
