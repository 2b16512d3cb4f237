import { isIP, type LookupFunction } from 'node:net';
import { Agent, request as send } from 'undici';
import { failureFrom, unavailable } from '../unavailable.ts';
import {
  acceptingLookup,
  addressRefused,
  hostOf,
  isLoopbackHost,
  zoneOf,
  zoneOfHost,
} from './address-zone.ts';

/** One request to an origin, or to where it leads. */
export interface OriginRequest {
  readonly url: URL;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  /** Shown to the origin of `url`, and to no other that it redirects to. */
  readonly authorization?: string | undefined;
  readonly body?: Uint8Array | string;
  /** Longest answer, in bytes. */
  readonly bytesMax: number;
  readonly signal: AbortSignal;
}

/** An answer, whole. `url` is where it came from in the end. */
export interface OriginAnswer {
  readonly status: number;
  readonly url: URL;
  readonly bytes: Uint8Array;
  /** By lower-case name; undefined where there is none. */
  header(name: string): string | undefined;
}

export interface OriginClientOptions {
  /** How names are resolved; that of the system when absent. */
  readonly lookup?: LookupFunction;
  /** Certificates trusted instead of the public ones. */
  readonly ca?: string;
}

const CONNECT_TIMEOUT_MS = 10_000;
const REDIRECTS_MAX = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Services answer a look every half minute or so; a connection is kept over none of the pauses. */
const KEEP_ALIVE_MS = 1_000;

/**
 * HTTP to one origin that the operator named, and to where it leads: a token service, a store of blobs. The origin itself may
 * be anywhere, with plain HTTP on loopback only. Elsewhere it leads over https to public addresses or those of its own kind of
 * network, so that a service out there cannot have this machine ask what only this machine reaches.
 */
export class OriginClient implements AsyncDisposable {
  readonly base: URL;
  readonly #lookup: LookupFunction | undefined;
  readonly #ca: string | undefined;
  readonly #agents = new Map<string, Agent>();

  constructor(base: URL, { lookup, ca }: OriginClientOptions = {}) {
    this.base = base;
    this.#lookup = lookup;
    this.#ca = ca;
  }

  /**
   * The answer, whatever its status; redirects of GET and HEAD are followed.
   * @throws Failure `bundle_unavailable`, or what aborted the signal.
   */
  async ask(asked: OriginRequest): Promise<OriginAnswer> {
    const { method = 'GET', signal } = asked;
    const first = asked.url;
    let url = first;
    try {
      for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
        const isFirst = url.origin === first.origin;
        const answer = await this.#once({
          ...asked,
          url,
          authorization: isFirst ? asked.authorization : undefined,
        });
        const location = answer.header('location');
        const isRead = method === 'GET' || method === 'HEAD';
        if (!isRead || location === undefined || !REDIRECTS.includes(answer.status)) return answer;
        url = ledTo(url, location);
      }
    } catch (thrown) {
      throw failureFrom(thrown, signal, (reason) => notReached(url, reason));
    }
    throw unavailable(`${first.host} redirects more than ${REDIRECTS_MAX} times.`, MEND_SERVICE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
  }

  async #once({ url, method = 'GET', headers, authorization, body, bytesMax, signal }: OriginRequest) {
    const dispatcher = await this.#agentFor(url);
    const answer = await send(url, {
      method,
      headers: {
        // Bytes are compared with digests and limits as they are sent.
        'accept-encoding': 'identity',
        'user-agent': 'bailiff',
        ...headers,
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(body === undefined ? {} : { body }),
      signal,
      dispatcher,
    });
    const header = (name: string): string | undefined => [answer.headers[name] ?? []].flat()[0];
    const bytes = await boundedBytes(answer, bytesMax, url);
    return { status: answer.statusCode, url, bytes, header };
  }

  async #agentFor(url: URL): Promise<Agent> {
    const host = hostOf(url);
    const isPlain = url.protocol === 'http:';
    if (!isPlain && url.protocol !== 'https:')
      throw unavailable(`${url.host} is to be asked over ${url.protocol}`, 'Only https is spoken.');
    if (url.username !== '' || url.password !== '') throw unavailable(SECRET_IN_URL, MEND_SECRET);
    if (isPlain && !isLoopbackHost(host))
      throw unavailable(
        `${url.host} is to be asked over plain HTTP.`,
        'Use https; plain HTTP is for loopback.',
      );
    if (url.origin === this.base.origin) return this.#agent(isPlain ? ['loopback'] : undefined);
    const zone = await zoneOfHost(hostOf(this.base), this.#lookup);
    const allowed = isPlain ? ['loopback'] : ['public'];
    if (zone === 'private' || (zone === 'loopback' && this.base.protocol === url.protocol))
      allowed.push(zone);
    if (isPlain && zone !== 'loopback') throw addressRefused(url.host);
    if (isIP(host) !== 0 && !allowed.includes(zoneOf(host))) throw addressRefused(url.host);
    return this.#agent(allowed);
  }

  /** One agent for each set of zones; any zone where none is named. */
  #agent(allowed: readonly string[] | undefined): Agent {
    const key = allowed?.join(' ') ?? '';
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const accepts = (address: string) => allowed === undefined || allowed.includes(zoneOf(address));
    const agent = new Agent({
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        lookup: acceptingLookup(accepts, this.#lookup),
        ...(this.#ca === undefined ? {} : { ca: this.#ca }),
      },
      keepAliveTimeout: KEEP_ALIVE_MS,
      // The caller’s signal bounds the whole; a held request must not end before it.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#agents.set(key, agent);
    return agent;
  }
}

const MEND_SERVICE = 'Ask whoever runs the service.';
const SECRET_IN_URL = 'The address holds a user name or password.';
const MEND_SECRET = 'Take it out, and name an environment variable in the source instead.';

function ledTo(from: URL, location: string): URL {
  const url = URL.parse(location, from.href);
  if (url === null) throw unavailable(`${from.host} redirects to no address.`, MEND_SERVICE);
  if (from.protocol === 'https:' && url.protocol !== 'https:')
    throw unavailable(`${from.host} redirects away from https.`, MEND_SERVICE);
  return url;
}

type Answer = Awaited<ReturnType<typeof send>>;

async function boundedBytes({ body }: Answer, bytesMax: number, url: URL): Promise<Uint8Array> {
  const tooLong = () =>
    unavailable(
      `The answer of ${url.host} is longer than ${bytesMax} bytes.`,
      'Raise size_limit_bytes of the source if a bundle is meant to be so large.',
    );
  body.on('error', () => undefined); // what is destroyed below says so, and would end the process
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      body.destroy();
      throw tooLong();
    }
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function notReached(url: URL, reason: string) {
  return unavailable(
    `${url.host} could not be asked: ${reason}`,
    'See that it runs and can be reached from here; it is tried again.',
  );
}
