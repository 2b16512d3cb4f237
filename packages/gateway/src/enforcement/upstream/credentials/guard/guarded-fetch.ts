import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Failure } from '@bailiff/contract';
import { Agent, request } from 'undici';
import { abortFailure } from '../../wait.ts';
import { isLoopbackAddress, isPublicAddress } from './public-address.ts';

/** Largest answer of an authorization server, in bytes. */
export const ANSWER_BYTES_MAX = 262_144;

/** How long one answer may take from the first to the last byte. */
export const ANSWER_TIMEOUT_MS = 10_000;

const CONNECT_TIMEOUT_MS = 5_000;

/** Idle connections are let go at once: these questions are rare. */
const KEEP_ALIVE_MS = 1_000;

export interface GuardedRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams | string | undefined | null;
  readonly signal?: AbortSignal | undefined;
}

/** Asks addresses that somebody else may have named, without becoming their arm into networks that only we reach. */
export interface GuardedFetch extends AsyncDisposable {
  /**
   * One question, never redirected, bounded in size and time.
   * @throws Failure `upstream_invalid` when the address may not be asked or the answer is not acceptable,
   * `upstream_unavailable` when there is none, `upstream_timeout`, or what aborted the signal.
   */
  ask(url: string, request?: GuardedRequest): Promise<Response>;
}

export interface GuardOptions {
  /** Addresses that the configuration itself names; their origins may be private. */
  readonly configured: readonly string[];
  /** How names are resolved; that of the system when absent. */
  readonly lookup?: LookupFunction;
  /** Certificates trusted instead of the public ones. */
  readonly ca?: string;
}

type Accepts = (address: string) => boolean;

const ANY: Accepts = () => true;

/**
 * The guard. An address that the configuration does not name must be https on a public address, looked at when the connection
 * is made, so that a name cannot mean another address by then. Plain http is for configured loopback addresses.
 */
export function openGuardedFetch({ configured, lookup, ca }: GuardOptions): GuardedFetch {
  const origins = new Set(configured.map((url) => new URL(url).origin));
  const agents = new Map<Accepts, Agent>();
  const agentOf = (accepts: Accepts): Agent => {
    const known = agents.get(accepts);
    if (known !== undefined) return known;
    const resolve = lookup ?? (systemLookup as LookupFunction);
    const agent = new Agent({
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        lookup: accepting(accepts, resolve),
        ...(ca === undefined ? {} : { ca }),
      },
      keepAliveTimeout: KEEP_ALIVE_MS,
    });
    agents.set(accepts, agent);
    return agent;
  };
  return {
    async ask(address, { method = 'GET', headers = {}, body = null, signal } = {}) {
      const url = parsed(address);
      const accepts = acceptedFor(url, origins);
      refuseLiteral(url, accepts);
      const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
      const within = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
      try {
        const text = body instanceof URLSearchParams ? body.toString() : body;
        const answer = await request(url, {
          method,
          headers,
          body: text,
          signal: within,
          dispatcher: agentOf(accepts),
        });
        return await responseOf(answer);
      } catch (thrown) {
        throw failureFrom(thrown, signal, timeout);
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

/** The address, if it may be shown to a browser: https, or http on a loopback address that the configuration names. */
export function checkedAddress(address: string, configured: readonly string[]): URL {
  const url = parsed(address);
  acceptedFor(url, new Set(configured.map((one) => new URL(one).origin)));
  return url;
}

const NOT_ASKED =
  'The server names an address that is not asked: only https on a public address is, or what the configuration names.';

function parsed(address: string): URL {
  const url = URL.parse(address);
  if (url === null || url.username !== '' || url.password !== '')
    throw new Failure('upstream_invalid', NOT_ASKED);
  return url;
}

/** Which addresses the name in a URL may stand for. */
function acceptedFor(url: URL, configured: ReadonlySet<string>): Accepts {
  const isConfigured = configured.has(url.origin);
  if (url.protocol === 'https:') return isConfigured ? ANY : isPublicAddress;
  if (url.protocol === 'http:' && isConfigured) return isLoopbackAddress;
  throw new Failure('upstream_invalid', NOT_ASKED);
}

/** An address that is no name is never looked up, so it is looked at here. The parser has made every spelling of it one. */
function refuseLiteral(url: URL, accepts: Accepts): void {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 && !accepts(host)) throw new Failure('upstream_invalid', NOT_ASKED);
}

/** Resolves a name once, and gives only what was looked at: one address that is not accepted refuses the name. */
function accepting(accepts: Accepts, resolve: LookupFunction): LookupFunction {
  return (name, options, done) => {
    resolve(name, options, (fault, found, family) => {
      if (fault) return done(fault, found, family);
      const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address);
      if (addresses.length > 0 && addresses.every(accepts)) return done(null, found, family);
      done(new Failure('upstream_invalid', NOT_ASKED), found, family);
    });
  };
}

type Answer = Awaited<ReturnType<typeof request>>;

async function responseOf({ statusCode, headers, body }: Answer): Promise<Response> {
  body.on('error', () => undefined); // what is destroyed below says so, and would end the process
  if (statusCode >= 300 && statusCode < 400) {
    body.destroy();
    throw new Failure('upstream_invalid', 'The address answers with a redirect, which is not followed.');
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) {
      body.destroy();
      throw new Failure('upstream_invalid', `The answer is longer than ${ANSWER_BYTES_MAX} bytes.`);
    }
    chunks.push(chunk);
  }
  const kept = new Headers();
  for (const [name, value] of Object.entries(headers))
    for (const one of [value ?? []].flat()) kept.append(name, one);
  return new Response(bytes === 0 ? null : new Uint8Array(Buffer.concat(chunks)), {
    status: statusCode,
    headers: kept,
  });
}

function failureFrom(thrown: unknown, signal: AbortSignal | undefined, timeout: AbortSignal): Failure {
  if (thrown instanceof Failure) return thrown;
  if (signal?.aborted) return abortFailure(signal);
  if (timeout.aborted)
    return new Failure('upstream_timeout', 'The authorization server did not answer in time.');
  const refused = failureWithin(thrown);
  return (
    refused ??
    new Failure('upstream_unavailable', 'The authorization server could not be reached.', { cause: thrown })
  );
}

/** Our own refusal within what the network library wraps around it: several attempts to connect are several errors in one. */
function failureWithin(thrown: unknown): Failure | undefined {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof AggregateError)
    return thrown.errors.map(failureWithin).find((one) => one !== undefined);
  return thrown instanceof Error && thrown.cause !== undefined ? failureWithin(thrown.cause) : undefined;
}
