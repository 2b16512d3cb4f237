import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Failure, toProblem } from '@bailiff/contract';
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
  /** Takes note of what was refused before there was a request to handle, and gives the id that it is known by. */
  readonly refused: (failure: Failure) => string;
}

/** Listens. @throws Failure `configuration_invalid` when the address cannot be had. */
export async function listen({ host, port, handle, refused }: ListenOptions): Promise<Listener> {
  const server = createServer(HTTP_SERVER_OPTIONS, handle);
  server.maxConnections = CONNECTIONS_MAX;
  // Written into an answer that has begun, another one would be read as part of it.
  const begun = new WeakMap<Duplex, ServerResponse>();
  server.on('request', ({ socket }, response) => begun.set(socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const last = begun.get(socket);
    const isAnswering = last?.headersSent === true && !last.writableFinished;
    if (error.code === 'ECONNRESET' || !socket.writable || isAnswering) socket.destroy();
    else refuseRaw(socket, failureOfParser(error), refused);
  });
  server.on('connect', (_request, socket) => {
    refuseRaw(socket, new Failure('method_not_allowed', 'There is no tunnel here.'), refused);
  });
  // Whatever a client expects, it gets an answer of ours.
  server.on('checkExpectation', handle);
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

/** What the parser of `node:http` objects to, in words that repeat nothing of the request. */
function failureOfParser(error: NodeJS.ErrnoException): Failure {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Failure(
        'headers_too_large',
        `All headers together may be ${HTTP_SERVER_OPTIONS.maxHeaderSize} bytes.`,
      );
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new Failure('body_too_large', 'The extensions of a chunk are too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Failure('request_timeout', 'The request did not arrive in time; send it at once.');
    default:
      return new Failure('bad_request', 'What was sent is not one valid HTTP request.');
  }
}

/** Answers where there is no response to answer with, as a problem like every other, and closes. */
function refuseRaw(socket: Duplex, failure: Failure, refused: ListenOptions['refused']): void {
  const decisionId = refused(failure);
  const problem = toProblem(failure, decisionId);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Bailiff-Decision-Id: ${decisionId}`,
    'Connection: close',
  ];
  socket.on('error', () => undefined); // It is closed either way.
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function reasonOf(cause: NodeJS.ErrnoException, host: string, port: number): string {
  if (cause.code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken. Stop what listens there, or choose another with --port or listen.port.`;
  }
  return `Cannot listen on ${host}:${port} (${cause.code ?? 'unknown error'}). Correct listen.host or listen.port.`;
}
