import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '@bailiff/contract';
import { CONNECTIONS_MAX, HTTP_SERVER_OPTIONS } from './protocol/http/server-options.ts';

/** Answers one request; never rejects. */
export type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** The one address that the gateway listens on. */
export interface Listener extends AsyncDisposable {
  readonly port: number;
  /** As `http://127.0.0.1:7070`. */
  readonly url: string;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly handle: Handle;
}

/** Listens. @throws Failure `configuration_invalid` when the address cannot be had. */
export async function listen({ host, port, handle }: ListenOptions): Promise<Listener> {
  const server = createServer(HTTP_SERVER_OPTIONS, handle);
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(new Failure('configuration_invalid', reasonOf(cause, host, port), { cause })),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    port: address.port,
    url: `http://${name}:${address.port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function reasonOf(cause: NodeJS.ErrnoException, host: string, port: number): string {
  if (cause.code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken. Stop what listens there, or choose another with --port or listen.port.`;
  }
  return `Cannot listen on ${host}:${port} (${cause.code ?? 'unknown error'}). Correct listen.host or listen.port.`;
}
