import { type Conversation, Failure, type Principal, type ServerReply } from '@bailiff/contract';
import { Pool } from 'undici';
import type { CredentialHeaders, OnBehalfOf, UpstreamCredentials } from '../credentials/credentials.ts';
import type { UpstreamLimits } from '../upstream.ts';
import { abortFailure } from '../wait.ts';
import { type HttpResponse, type ReceptionOptions, ResponseReader } from './response-reader.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 30_000;

/** For messages that nobody waits for: notifications, answers to the server, the end of a session. */
const ASIDE_TIMEOUT_MS = 5_000;

/**
 * Connections to one server by what they are for, so that calls which wait for a person, and streams that stay open, never keep
 * an answer from being sent. Calls have as many as may be under way.
 */
const CONNECTIONS_MAX = { aside: 16, streams: 1_024 } as const;
type Purpose = 'calls' | keyof typeof CONNECTIONS_MAX;

/** How an HTTP server is reached. */
export interface HttpPeerOptions {
  readonly url: URL;
  /** Sent with every request. Nothing of a client’s request is ever sent. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined where the headers are all that the server is shown. */
  readonly credentials: UpstreamCredentials | undefined;
  /** The token that a principal came in with, which is only ever shown to its issuer. */
  readonly subjectTokenOf: ((principal: Principal) => string | undefined) | undefined;
  readonly limits: UpstreamLimits;
}

export interface HttpRequest {
  readonly method: 'POST' | 'GET' | 'DELETE';
  /** Path and query; those of the server’s address when left out. */
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Whose credential is shown; the gateway’s own when undefined. */
  readonly conversation: Conversation | undefined;
}

export type Reception = Omit<ReceptionOptions, 'bytesMax' | 'isEndless'> & { readonly purpose?: Purpose };

/** Requests to one server, each with the credential that is due. Redirects are not followed. */
export class HttpPeer implements AsyncDisposable {
  readonly url: URL;
  readonly #options: HttpPeerOptions;
  readonly #pools: Readonly<Record<Purpose, Pool>>;
  /** What goes on beside calls, so that closing can wait for it. */
  readonly #aside = new Set<Promise<unknown>>();
  #numbered = 0;

  constructor(options: HttpPeerOptions) {
    this.url = options.url;
    this.#options = options;
    const pool = (connections: number) =>
      new Pool(options.url.origin, {
        connections,
        pipelining: 1,
        connect: { timeout: CONNECT_TIMEOUT_MS },
        keepAliveTimeout: KEEP_ALIVE_MS,
        // Every wait is bounded by its signal, and one for a person’s answer has no bound that is known here.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
    this.#pools = {
      calls: pool(options.limits.inFlightMax),
      aside: pool(CONNECTIONS_MAX.aside),
      streams: pool(CONNECTIONS_MAX.streams),
    };
  }

  get limits(): UpstreamLimits {
    return this.#options.limits;
  }

  /** An id for a request of the gateway’s own. */
  newId(about: string): string {
    this.#numbered += 1;
    return `bailiff-${about}-${this.#numbered}`;
  }

  /**
   * One request, and what is received for it until the response ends or is all that was waited for.
   * @throws Failure the signal’s, `upstream_unavailable`, `upstream_invalid`, or what `reception` throws.
   */
  async request(request: HttpRequest, reception: Reception, signal: AbortSignal): Promise<HttpResponse> {
    const { credentials, subjectTokenOf } = this.#options;
    if (credentials === undefined) return this.#send(request, {}, reception, signal);
    const asked = asker(request.conversation?.principal, subjectTokenOf);
    const shown = await credentials.headersFor(asked, signal);
    const response = await this.#send(request, shown, unlessRefused(reception), signal);
    if (response.status !== 401) return response;
    // It was not let in, so that nothing was carried out.
    credentials.rejected(asked, headerOf(response, 'www-authenticate'), shown);
    return this.#send(request, await credentials.headersFor(asked, signal), reception, signal);
  }

  /** Sends what nobody waits for. */
  tell(request: HttpRequest): void {
    const signal = timeout(ASIDE_TIMEOUT_MS);
    this.goOn(this.request(request, { received: () => false, purpose: 'aside' }, signal));
  }

  /** Keeps hold of work that nobody waits for, and of its end, good or bad. */
  goOn(work: Promise<unknown>): void {
    const settled = work.catch(() => undefined).finally(() => this.#aside.delete(settled));
    this.#aside.add(settled);
  }

  /** Ends what waits for an answer; what is told to the server aside, as the end of its sessions, still goes out. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { calls, streams, aside } = this.#pools;
    await Promise.all([calls.destroy(), streams.destroy()]);
    while (this.#aside.size > 0) await Promise.allSettled(this.#aside);
    await aside.destroy();
  }

  #send(
    { method, path, headers, body }: HttpRequest,
    credential: CredentialHeaders,
    { purpose = 'calls', ...reception }: Reception,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    if (signal.aborted) return Promise.reject(abortFailure(signal));
    const { url, headers: configured, limits } = this.#options;
    return new Promise((resolve, reject) => {
      const options = { ...reception, bytesMax: limits.resultBytesMax, isEndless: purpose === 'streams' };
      const reader = new ResponseReader(options, (outcome) => {
        signal.removeEventListener('abort', onAbort);
        if (outcome instanceof Failure) reject(outcome);
        else resolve(outcome);
      });
      const onAbort = () => reader.abort(abortFailure(signal));
      signal.addEventListener('abort', onAbort, { once: true });
      this.#pools[purpose].dispatch(
        {
          path: path ?? `${url.pathname}${url.search}`,
          method,
          headers: { ...configured, ...headers, ...credential },
          body: body ?? null,
        },
        reader,
      );
    });
  }
}

/** A signal that aborts with a Failure after a time; nothing is kept running by it. */
export function timeout(ms: number): AbortSignal {
  const late = new AbortController();
  setTimeout(() => late.abort(new Failure('upstream_timeout')), ms).unref();
  return late.signal;
}

/** A header of a response that may stand in it once. */
export function headerOf({ headers }: Pick<HttpResponse, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** What servers answer that do not speak so at this address. */
export const NO_SUCH_ENDPOINT: ReadonlySet<number> = new Set([400, 404, 405]);

/** A server’s status where an answer was waited for. */
export class StatusFailure extends Failure {
  readonly status: number;

  constructor(code: 'upstream_unavailable' | 'upstream_invalid', detail: string, status: number) {
    super(code, detail);
    this.status = status;
  }
}

/** @throws StatusFailure for everything that is no answer, by what the status says. */
export function replyOf(
  { status }: Pick<HttpResponse, 'status'>,
  reply: ServerReply | undefined,
): ServerReply {
  // Servers tell errors of a request under other statuses too; a result only comes with success.
  if (reply !== undefined && (status === 200 || (reply.member === 'error' && status >= 400))) return reply;
  if (status === 401 || status === 403) {
    const detail = 'The server does not accept the gateway’s credential.';
    throw new StatusFailure('upstream_unavailable', detail, status);
  }
  if (status >= 500 || status === 429) {
    throw new StatusFailure(
      'upstream_unavailable',
      `The server answered with HTTP status ${status}.`,
      status,
    );
  }
  if (status >= 300 && status < 400) {
    throw new StatusFailure('upstream_invalid', 'The server redirects; configure its final address.', status);
  }
  throw new StatusFailure(
    'upstream_invalid',
    `The server gave no answer under HTTP status ${status}.`,
    status,
  );
}

/** What a server says that lets nobody in is no answer to the request: that is sent again. */
function unlessRefused(reception: Reception): Reception {
  let isRefused = false;
  return {
    ...reception,
    opened: (status, headers) => {
      isRefused = status === 401;
      if (!isRefused) reception.opened?.(status, headers);
    },
    received: (message) => !isRefused && reception.received(message),
  };
}

function asker(
  principal: Principal | undefined,
  subjectTokenOf: HttpPeerOptions['subjectTokenOf'],
): OnBehalfOf {
  if (principal === undefined) return { agent: '', user: '' };
  const subjectToken = subjectTokenOf?.(principal);
  return { agent: principal.agentId, user: principal.userId, subjectToken };
}
