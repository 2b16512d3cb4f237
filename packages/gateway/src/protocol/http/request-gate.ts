import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Failure } from '@bailiff/contract';
import { LOCAL_HOST, LocalRequest } from './local-request.ts';

/** Which values of `Host` and `Origin` are served. Functions, since the port may be known only after listening. */
export interface Allowlists {
  hosts(): readonly string[];
  /** Requests without `Origin` do not come from a web page and pass. */
  origins(): readonly string[];
}

/** Headers that mean something here and must not be given twice: the second one may be what another reader believes. */
const SINGLE = [
  'host',
  'origin',
  'authorization',
  'x-api-key',
  'accept',
  'content-type',
  'content-length',
  'mcp-session-id',
  'mcp-protocol-version',
];
const BIT_OF: ReadonlyMap<string, number> = new Map(SINGLE.map((name, index) => [name, 1 << index]));

/** Header lines of one request. */
const HEADERS_MAX = 100;

/**
 * The first look at a request, before anyone is authenticated: keeps out web pages that rebind a name to us and requests
 * that two readers would read differently.
 * @throws Failure `origin_refused` or `bad_request`.
 */
export function checkRequest(request: IncomingMessage, allowlists: Allowlists): void {
  let seen = 0;
  const { rawHeaders } = request;
  if (rawHeaders.length > HEADERS_MAX * 2) throw new Failure('bad_request', 'There are too many headers.');
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    const bit = BIT_OF.get(name) ?? 0;
    if ((seen & bit) !== 0) throw new Failure('bad_request', `The header ${name} is given twice.`);
    seen |= bit;
  }
  if (hasMeaninglessBody(request)) {
    throw new Failure('bad_request', 'A GET or DELETE has no body here; send messages by POST.');
  }
  const { host, origin } = request.headers;
  if (host === undefined) throw new Failure('bad_request', 'The header Host is missing.');
  const hosts = request instanceof LocalRequest ? [LOCAL_HOST] : allowlists.hosts();
  if (!hosts.includes(host.toLowerCase())) {
    throw new Failure(
      'origin_refused',
      'The Host of the request is not served here. If it names this gateway, add it, with its port if it has one, to listen.allowed_hosts.',
    );
  }
  if (origin !== undefined && !allowlists.origins().includes(origin.toLowerCase())) {
    throw new Failure(
      'origin_refused',
      'Requests from this Origin are not accepted. If its pages may call the gateway, add it to listen.allowed_origins.',
    );
  }
}

/** A body where none is read is what requests are smuggled in: some readers take it for the next request. */
function hasMeaninglessBody({ method, headers }: IncomingMessage): boolean {
  if (method !== 'GET' && method !== 'DELETE') return false;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Refuses bodies that are not plain JSON. @throws Failure `media_type_refused`. */
export function checkContentType(headers: IncomingHttpHeaders): void {
  const [essence = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim()).find((one) => one.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-8"?$/.test(charset);
  if (essence.trim() !== 'application/json' || !isUtf8) {
    throw new Failure('media_type_refused', 'Send the body as application/json in UTF-8.');
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new Failure('media_type_refused', 'Compressed bodies are not accepted.');
  }
}

const ACCEPTS_EVENTS = /(?:^|[\s,])(?:text\/event-stream|text\/\*|\*\/\*)(?:[\s,;]|$)/i;

/** Whether a client takes a stream of events for an answer; one that does not say what it takes is taken to. */
export function acceptsEvents({ accept }: IncomingHttpHeaders): boolean {
  return accept === undefined || ACCEPTS_EVENTS.test(accept);
}

const ACCEPTS_JSON = /(?:^|[\s,])(?:application\/json|application\/\*|\*\/\*)(?:[\s,;]|$)/i;

/** Every answer is JSON. @throws Failure `not_acceptable`. */
export function checkAccept(headers: IncomingHttpHeaders): void {
  const { accept } = headers;
  if (accept !== undefined && !ACCEPTS_JSON.test(accept)) {
    throw new Failure('not_acceptable', 'Answers are application/json; the Accept header excludes it.');
  }
}
