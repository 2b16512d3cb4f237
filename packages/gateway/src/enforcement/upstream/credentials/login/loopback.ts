import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '@bailiff/contract';
import { untilAborted } from '../../wait.ts';

/** The one address to which the authorization server sends the browser back. */
const PATH = '/callback';

/** Longest request line with all headers, in bytes. */
const HEADERS_BYTES_MAX = 16_384;

/** What is still connected this long after the end is cut off. */
const CLOSE_GRACE_MS = 500;

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  connection: 'close',
};

/** Waits on this machine for the browser to come back from a login. */
export interface Loopback extends AsyncDisposable {
  /** Exactly what the authorization server must send the browser to. */
  readonly redirectUri: string;
  /**
   * The parameters of the first response with this state; it is taken once, and everything else is turned away.
   * @throws what the signal was aborted with.
   */
  response(state: string, signal: AbortSignal): Promise<URLSearchParams>;
}

/** Listens on the loopback interface only; port 0 takes any free one. @throws Failure `configuration_invalid`. */
export async function openLoopback(port: number): Promise<Loopback> {
  let expected: { readonly state: string; take(parameters: URLSearchParams): void } | undefined;
  let host = '';
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const url = URL.parse(request.url ?? '', `http://${host}`);
    const isOurs =
      request.method === 'GET' &&
      request.headers.host === host &&
      url?.pathname === PATH &&
      expected !== undefined &&
      isSame(single(url.searchParams, 'state'), expected.state);
    if (!isOurs || url === null) {
      answer(response, 400, 'This is no answer to a login that waits here.');
      return;
    }
    const { take } = expected ?? { take: () => undefined };
    expected = undefined; // a state counts once
    answer(
      response,
      200,
      'Bailiff has got the answer. You can close this window; the terminal says what came of it.',
    );
    take(url.searchParams);
  };
  const server = createServer({ maxHeaderSize: HEADERS_BYTES_MAX, requestTimeout: 5_000 }, handle);
  server.maxConnections = 32;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new Failure(
          'configuration_invalid',
          `Port ${port} on 127.0.0.1 cannot be had; choose another with --port.`,
          {
            cause,
          },
        ),
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    redirectUri: `http://${host}${PATH}`,
    response(state, signal) {
      const { promise, resolve } = Promise.withResolvers<URLSearchParams>();
      expected = { state, take: resolve };
      return untilAborted(promise, signal);
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections(); // an answer that is under way is still sent; it closes its connection
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** The value of a parameter that is there exactly once. */
function single(parameters: URLSearchParams, name: string): string {
  const values = parameters.getAll(name);
  return values.length === 1 ? (values[0] ?? '') : '';
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function answer(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, PAGE_HEADERS);
  response.end(`<!doctype html><meta charset="utf-8"><title>Bailiff</title><p>${sentence}</p>`);
}
