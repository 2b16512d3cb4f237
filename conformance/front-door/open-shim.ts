import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands before a gateway for clients that cannot send credentials: it adds the header and passes everything else on. */
export interface Shim extends AsyncDisposable {
  /** `127.0.0.1:PORT`, which clients send as `Host` and the gateway has to accept. */
  readonly host: string;
  /** Where requests go. Until it is set they are answered with 503. */
  target: { readonly url: string; readonly authorization: string } | undefined;
}

/** Opens a shim on a free port of 127.0.0.1. */
export async function openShim(): Promise<Shim> {
  const server = createServer({ keepAlive: true }, (request, response) => {
    if (shim.target === undefined) response.writeHead(503).end();
    else pass(request, response, shim.target);
  });
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const shim: Shim = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: undefined,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return shim;
}

/** Header lines, their order and their case, bodies and streams stay as they are; `Host` and `Origin` above all. */
function pass(
  request: IncomingMessage,
  response: ServerResponse,
  { url, authorization }: NonNullable<Shim['target']>,
): void {
  const { hostname, port } = new URL(url);
  const onward = httpRequest({
    host: hostname,
    port,
    method: request.method,
    path: request.url,
    headers: [...request.rawHeaders, 'Authorization', authorization],
    setHost: false,
    agent: false,
  });
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
    response.flushHeaders();
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  response.on('error', () => onward.destroy());
  request.pipe(onward);
}
