import { rm } from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure, toProblem } from '@bailiff/contract';
import { readAway } from './protocol/http/linger.ts';
import {
  CONNECTIONS_MAX,
  HTTP_SERVER_OPTIONS,
  LOCAL_SERVER_OPTIONS,
} from './protocol/http/server-options.ts';

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

export interface ListenLocallyOptions extends Pick<ListenOptions, 'handle' | 'refused'> {
  /** Of the socket, in a folder that nobody but the gateway’s own user can enter. What is there is replaced. */
  readonly path: string;
  /** Where everybody else reaches the gateway, for commands of the same user to tell. */
  readonly url: string;
  /** Called with each connection, which lasts as long as the process at its other end wants. */
  readonly connected: (connection: Duplex) => void;
}

/** Paths that are served on the local socket; nothing else is anybody’s business there. */
const LOCAL_PATHS = /^\/(?:mcp(?:\/|$)|readyz$)/;

/** How long the answers to requests before a malformed one are waited for. */
const EARLIER_ANSWERS_MS = 30_000;

/** Answered on the local socket with the address that everybody reaches. */
const ADDRESS_PATH = '/address';

/** Listens on a local socket. @throws Error when there can be none. */
export async function listenLocally(options: ListenLocallyOptions): Promise<AsyncDisposable> {
  const { path, url, handle, refused, connected } = options;
  const served: Handle = (request, response) => {
    if (request.url === ADDRESS_PATH && request.method === 'GET') response.end(url);
    else if (LOCAL_PATHS.test(request.url ?? '')) handle(request, response);
    else {
      const failure = new Failure('not_found');
      refuse(request, response, { failure, decisionId: refused(failure) });
    }
  };
  const server = serverOf({ handle: served, refused }, LOCAL_SERVER_OPTIONS);
  server.on('connection', connected);
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return { [Symbol.asyncDispose]: () => closed(server) };
}

/** Listens. @throws Failure `configuration_invalid` when the address cannot be had. */
export async function listen({ host, port, handle, refused }: ListenOptions): Promise<Listener> {
  const server = serverOf({ handle, refused }, HTTP_SERVER_OPTIONS);
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
    [Symbol.asyncDispose]: () => closed(server),
  };
}

async function closed(server: Server): Promise<void> {
  const closing = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closing;
}

/** A server that answers whatever comes, requests or not. It does not listen yet. */
function serverOf(
  { handle, refused }: Pick<ListenOptions, 'handle' | 'refused'>,
  options: ServerOptions,
): Server {
  const owed: Owed = new WeakMap();
  const refusedLater = new WeakSet<Duplex>();
  const take: Handle = (request, response) => {
    owe(owed, request.socket, response);
    const fault = framingFault(request);
    if (fault === undefined) handle(request, response);
    else refuse(request, response, { failure: fault, decisionId: refused(fault) });
  };
  const server = createServer(options, take);
  server.maxConnections = CONNECTIONS_MAX;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Written before or into the answer to an earlier request, this one would be taken for that.
    const isOwed = isOwedAnother(owed, socket);
    // Nothing behind a request that closes the connection is read, and its own answer is on the way.
    if (isOwed && error.code === 'HPE_CLOSED_CONNECTION') return;
    // A connection on which nothing was ever said is no request, and nothing to record.
    const isSilent = 'bytesRead' in socket && socket.bytesRead === 0;
    if (error.code === 'ECONNRESET' || !socket.writable || isSilent) socket.destroy();
    else if (!isOwed) refuseRaw(socket, failureOfParser(error), refused);
    else if (!refusedLater.has(socket)) {
      refusedLater.add(socket); // Whatever more comes is an error of its own.
      void hadItsAnswers(owed, socket).then((isRefusable) => {
        if (isRefusable && socket.writable) refuseRaw(socket, failureOfParser(error), refused);
        else socket.end(() => socket.destroy());
      });
    }
  });
  server.on('connect', (_request, socket) => {
    if (isOwedAnother(owed, socket)) socket.end(() => socket.destroy());
    else refuseRaw(socket, new Failure('method_not_allowed', 'There is no tunnel here.'), refused);
  });
  // Whatever a client expects, it gets an answer of ours.
  server.on('checkExpectation', take);
  // One that asks before it sends its body is told to once somebody reads it, which is after it was let in.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    request.once('resume', () => {
      if (!response.headersSent) response.writeContinue();
    });
    take(request, response);
  });
  return server;
}

/** Answers that each connection is still to have. */
type Owed = WeakMap<Duplex, Set<ServerResponse>>;

/** Whether a whole request waits for its answer, or an answer has begun. */
function isOwedAnother(owed: Owed, socket: Duplex): boolean {
  return [...(owed.get(socket) ?? [])].some(({ req, headersSent }) => req.complete || headersSent);
}

/**
 * Resolves once a connection has had the answers that it was still to have, with whether it had them whole: what is written
 * then is not taken for a part of them. Never rejects.
 */
async function hadItsAnswers(owed: Owed, socket: Duplex): Promise<boolean> {
  const responses = [...(owed.get(socket) ?? [])];
  if (responses.some(({ req, headersSent }) => headersSent || !req.complete)) return false;
  const closed = responses.map((response) => new Promise((resolve) => response.once('close', resolve)));
  const late = new AbortController();
  await Promise.race([
    Promise.all(closed),
    delay(EARLIER_ANSWERS_MS, undefined, { signal: late.signal }).catch(() => undefined),
  ]);
  late.abort();
  return responses.every(({ writableFinished }) => writableFinished);
}

/** Notes that a connection is to have this answer, until it had it. */
function owe(owed: Owed, socket: Duplex, response: ServerResponse): void {
  const responses = owed.get(socket) ?? new Set();
  owed.set(socket, responses.add(response));
  response.once('close', () => responses.delete(response));
}

/**
 * What the parser of `node:http` lets pass and another reader could cut or decode otherwise. RFC 9112, sections 2.3 and 6.1:
 * a version that is none of this protocol’s, a coding that is not understood, and one in a version that has none.
 */
function framingFault({ httpVersionMajor, httpVersionMinor, headers }: IncomingMessage): Failure | undefined {
  if (httpVersionMajor !== 1) return new Failure('bad_request', 'Send HTTP/1.1.');
  const coding = headers['transfer-encoding'];
  if (coding === undefined) return undefined;
  if (httpVersionMinor === 0) return new Failure('bad_request', 'HTTP/1.0 has no transfer codings.');
  if (coding.toLowerCase() === 'chunked') return undefined;
  return new Failure('bad_request', 'The only transfer coding that is accepted is chunked.');
}

interface Refused {
  readonly failure: Failure;
  readonly decisionId: string;
}

/** Answers a request before anybody else sees it, as a problem like every other, and closes once it is read away. */
function refuse(request: IncomingMessage, response: ServerResponse, { failure, decisionId }: Refused): void {
  const problem = toProblem(failure, decisionId);
  const body = JSON.stringify(problem);
  response.writeHead(problem.status, {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'Bailiff-Decision-Id': decisionId,
    Connection: 'close',
  });
  response.write(body);
  void readAway(request).then(() => response.end()); // never rejects
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
