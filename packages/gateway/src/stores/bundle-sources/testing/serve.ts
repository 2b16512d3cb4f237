import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server on loopback, and what it was asked. */
export interface Served extends AsyncDisposable {
  /** As `127.0.0.1:43211`. */
  readonly host: string;
  /** Method and path of each request, with what it was shown. */
  readonly asked: readonly { readonly what: string; readonly headers: IncomingMessage['headers'] }[];
}

/** Serves by a function. Connections that it leaves open end with it. */
export async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<Served> {
  const asked: { what: string; headers: IncomingMessage['headers'] }[] = [];
  const server = createServer((request, response) => {
    asked.push({ what: `${request.method} ${request.url}`, headers: request.headers });
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Hands a request on to a server, and its answer back. */
export async function handOn(
  request: IncomingMessage,
  response: ServerResponse,
  host: string,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    typeof value === 'string' && !DROPPED.includes(name) ? [[name, value] as [string, string]] : [],
  );
  const answer = await fetch(`http://${host}${request.url}`, {
    method: request.method ?? 'GET',
    headers: [...headers, ['host', host]],
    redirect: 'manual',
    ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
  });
  const answered = Object.fromEntries(answer.headers);
  const own = request.headers.host ?? '';
  if (answered.location !== undefined) answered.location = answered.location.replace(host, own);
  response.writeHead(answer.status, answered);
  response.end(Buffer.from(await answer.arrayBuffer()));
}

const DROPPED: readonly string[] = [
  'authorization',
  'connection',
  'content-length',
  'host',
  'transfer-encoding',
];
