import type { IncomingMessage, ServerResponse } from 'node:http';
import { FAILURES, Failure, failureOf, Name, toProblem } from '@bailiff/contract';
import { type Allowlists, checkRequest } from './request-gate.ts';

/** Where clients look for what the gateway says of itself as a resource (RFC 9728). */
export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

/** How long a client may keep it, in seconds. */
const AGE_MAX_SECONDS = 300;

export interface ProtectedResourceOptions extends Allowlists {
  /** Issuers whose tokens are accepted; those that are no address are left out. */
  readonly issuers: readonly string[];
  /** Scopes that every token must have. */
  readonly scopes: readonly string[];
  /** Where clients reach the gateway; undefined takes the `Host` of each request, which is an allowed one, over http. */
  readonly publicUrl: string | undefined;
}

/** What the gateway tells of how to be let in. Nothing of it depends on which servers there are. */
export interface ProtectedResource {
  /** Answers a request below `RESOURCE_METADATA_PATH`, which needs no credential. Never throws. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /**
   * The value of `WWW-Authenticate` for a request that was refused, at a path as `/mcp/github`; undefined for refusals that no
   * credential would mend.
   */
  challenge(request: IncomingMessage, failure: Failure, path: string): string | undefined;
}

/** Where there is no issuer with an address, no client can get a token: then there are no metadata, and challenges name none. */
export function createProtectedResource(options: ProtectedResourceOptions): ProtectedResource {
  const issuers = options.issuers.filter((issuer) => /^https?:\/\//.test(issuer) && URL.canParse(issuer));
  const { scopes } = options;
  const originFor = ({ headers: { host = '' } }: IncomingMessage): string =>
    options.publicUrl === undefined ? `http://${host.toLowerCase()}` : new URL(options.publicUrl).origin;
  const metadataOf = (request: IncomingMessage): object => {
    checkRequest(request, options);
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new Failure('method_not_allowed');
    const path = (request.url ?? '').slice(RESOURCE_METADATA_PATH.length);
    if (issuers.length === 0 || (path !== '' && !isRoute(path))) throw new Failure('not_found');
    return {
      resource: `${originFor(request)}${path}`,
      authorization_servers: issuers,
      bearer_methods_supported: ['header'],
      ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
      resource_name: 'Bailiff',
    };
  };
  return {
    handle(request, response) {
      try {
        answer(request, response, { status: 200, type: 'application/json', body: metadataOf(request) });
      } catch (thrown) {
        const problem = toProblem(failureOf(thrown));
        answer(request, response, {
          status: problem.status,
          type: 'application/problem+json',
          body: problem,
        });
      }
    },
    challenge(request, failure, path) {
      const error = errorOf(failure, request);
      if (error === undefined) return undefined;
      const metadata = `${originFor(request)}${RESOURCE_METADATA_PATH}${isRoute(path) ? path : ''}`;
      const parameters = [
        ...(error === '' ? [] : [`error="${error}"`]),
        ...(issuers.length === 0 || !isPlain(metadata) ? [] : [`resource_metadata="${metadata}"`]),
        ...(scopes.length === 0 ? [] : [`scope="${scopes.join(' ')}"`]),
      ];
      return parameters.length === 0 ? 'Bearer' : `Bearer ${parameters.join(', ')}`;
    },
  };
}

/** RFC 6750, section 3.1; empty where no credential was shown, undefined where it is not the matter. */
function errorOf({ code }: Failure, { headers }: IncomingMessage): string | undefined {
  if (code === 'insufficient_scope') return code;
  if (FAILURES[code].status !== 401) return undefined;
  return headers.authorization === undefined && headers['x-api-key'] === undefined ? '' : 'invalid_token';
}

/** Any name that a server could have: whether there is one of it is not told. */
function isRoute(path: string): boolean {
  if (path === '/mcp') return true;
  return path.startsWith('/mcp/') && Name.safeParse(path.slice('/mcp/'.length)).success;
}

/** What may stand in quotes in a header. */
function isPlain(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text);
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, type, body }: { readonly status: number; readonly type: string; readonly body: object },
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': status === 200 ? `max-age=${AGE_MAX_SECONDS}` : 'no-store',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    // A body that was sent is not read; it must not be taken for the next request.
    ...(request.method === 'GET' || request.method === 'HEAD' ? {} : { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}
