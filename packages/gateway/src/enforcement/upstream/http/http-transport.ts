import { Failure, type ServerDescription, type ServerReply } from '@bailiff/contract';
import { LRUCache } from 'lru-cache';
import { Pool } from 'undici';
import {
  answerToServer,
  cancelledNotification,
  INITIALIZED_NOTIFICATION,
  initializeRequest,
  PROPOSED_VERSION,
  readHandshake,
} from '../handshake.ts';
import type { Transport, TransportEvents, UpstreamLimits, UpstreamRequest } from '../upstream.ts';
import type { UpstreamMessage } from '../upstream-message.ts';
import { abortFailure, untilAborted } from '../wait.ts';
import { type HttpAnswer, HttpAnswerReader } from './http-answer.ts';

/** Connections to one server. */
const CONNECTIONS_MAX = 128;
const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 30_000;

/** For messages that nobody waits for: notifications, answers to the server, the end of a session. */
const ASIDE_TIMEOUT_MS = 5_000;

/** What a server may ask of its client during one call before it is no longer answered. */
const SERVER_REQUESTS_MAX = 16;

const SESSION_LOST =
  'The upstream server has lost the session that the call was sent in. The call was sent once and not repeated; ' +
  'try again, in a new session, if that does no harm.';

/** The key of the gateway’s own session, for the handshake and the lists. */
const OWN = '';

export interface HttpTransportOptions {
  readonly url: URL;
  /** Sent with every request; credentials of the gateway’s own included. Nothing of a client’s request is ever sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly limits: UpstreamLimits;
}

interface Session {
  /** Undefined for a server that keeps none. */
  readonly id: string | undefined;
  readonly description: ServerDescription & { readonly version: string };
}

/**
 * One server over streamable HTTP. Servers that keep sessions get one per conversation, opened with its first call, and
 * one for the gateway’s own questions; others are greeted once.
 */
export class HttpTransport implements Transport {
  readonly #options: HttpTransportOptions;
  readonly #events: TransportEvents;
  readonly #pool: Pool;
  readonly #path: string;
  readonly #sessions: LRUCache<string, Promise<Session>>;
  /** What goes on beside calls, so that closing can wait for it. */
  readonly #aside = new Set<Promise<unknown>>();
  #handshakes = 0;

  constructor(options: HttpTransportOptions, events: TransportEvents) {
    this.#options = options;
    this.#events = events;
    this.#path = `${options.url.pathname}${options.url.search}`;
    this.#pool = new Pool(options.url.origin, {
      connections: CONNECTIONS_MAX,
      pipelining: 1,
      connect: { timeout: CONNECT_TIMEOUT_MS },
      keepAliveTimeout: KEEP_ALIVE_MS,
    });
    this.#sessions = new LRUCache({
      max: options.limits.sessionsMax,
      dispose: (session) => this.#goOn(session.then((opened) => this.#delete(opened))),
    });
  }

  async describe(signal: AbortSignal): Promise<ServerDescription> {
    return (await this.#session(OWN, signal)).description;
  }

  async exchange(request: UpstreamRequest, signal: AbortSignal): Promise<ServerReply> {
    const session = await this.#sessionFor(request.conversationKey, signal);
    const answer = await this.#ask(session, request, signal);
    if (answer.status !== 404 || session.id === undefined || answer.reply !== undefined) {
      return replyOf(answer);
    }
    this.#forget(session);
    // A server should answer so without having looked at the request, but nothing shows that it has not carried it out; only
    // the gateway’s own questions are harmless to repeat.
    if (request.conversationKey !== OWN) throw new Failure('upstream_unavailable', SESSION_LOST);
    return replyOf(await this.#ask(await this.#sessionFor(OWN, signal), request, signal));
  }

  endConversation(conversationKey: string): void {
    if (conversationKey !== OWN) this.#sessions.delete(conversationKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sessions.clear();
    await Promise.allSettled(this.#aside);
    await this.#pool.destroy();
  }

  /** The session that calls of a conversation go through: the gateway’s own where the server keeps none. */
  async #sessionFor(conversationKey: string, signal: AbortSignal): Promise<Session> {
    const own = await this.#session(OWN, signal);
    return own.id === undefined ? own : this.#session(conversationKey, signal);
  }

  #session(key: string, signal: AbortSignal): Promise<Session> {
    const known = this.#sessions.get(key);
    if (known !== undefined) return untilAborted(known, signal);
    const opening = this.#open();
    this.#sessions.set(key, opening);
    opening.catch(() => {
      if (this.#sessions.peek(key) === opening) this.#sessions.delete(key);
    });
    return untilAborted(opening, signal);
  }

  /** Whichever conversations it serves. */
  #forget(session: Session): void {
    for (const [key, opening] of [...this.#sessions.entries()]) {
      opening.then(
        (opened) => {
          if (opened === session && this.#sessions.peek(key) === opening) this.#sessions.delete(key);
        },
        () => undefined,
      );
    }
  }

  async #open(): Promise<Session> {
    this.#handshakes += 1;
    const id = `bailiff-initialize-${this.#handshakes}`;
    const timeoutMs = this.#options.limits.startTimeoutMs;
    const never = new AbortController().signal;
    const answer = await this.#post(undefined, { id, bytes: initializeRequest(id), timeoutMs }, never);
    const session = { id: answer.sessionId, description: readHandshake(replyOf(answer)) };
    if (session.id !== undefined && !/^[\x21-\x7e]{1,1024}$/.test(session.id)) {
      throw new Failure('upstream_invalid', 'The server’s session id is not valid.');
    }
    await this.#post(session, { id: undefined, bytes: INITIALIZED_NOTIFICATION, timeoutMs }, never);
    return session;
  }

  /** One call. When it is given up, the server is told, since a closed connection alone does not mean that to it. */
  async #ask(session: Session, request: UpstreamRequest, signal: AbortSignal): Promise<HttpAnswer> {
    if (signal.aborted) throw abortFailure(signal);
    try {
      return await this.#post(session, request, signal);
    } catch (failure) {
      const isGivenUp = signal.aborted || (failure instanceof Failure && failure.code === 'upstream_timeout');
      if (isGivenUp) this.#tell(session, cancelledNotification(request.id));
      throw failure;
    }
  }

  #post(
    session: Session | undefined,
    request: Pick<UpstreamRequest, 'bytes' | 'timeoutMs'> & { readonly id: string | undefined },
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const { id, bytes, timeoutMs } = request;
    return new Promise((resolve, reject) => {
      let asked = 0;
      const reader = new HttpAnswerReader({
        id,
        bytesMax: this.#options.limits.resultBytesMax,
        onMessage: (message) => {
          if (message.kind === 'request') asked += 1;
          if (asked <= SERVER_REQUESTS_MAX) this.#received(session, message);
        },
        settle: (outcome) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
          if (outcome instanceof Failure) reject(outcome);
          else resolve(outcome);
        },
      });
      const onAbort = () => reader.abort(abortFailure(signal));
      const timer = setTimeout(() => reader.abort(new Failure('upstream_timeout')), timeoutMs);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#pool.dispatch(
        {
          path: this.#path,
          method: 'POST',
          headers: this.#headers(session),
          body: bytes,
          // The wait as a whole is bounded above; these only catch what that timer would not.
          headersTimeout: timeoutMs * 2,
          bodyTimeout: timeoutMs * 2,
        },
        reader,
      );
    });
  }

  #headers(session: Session | undefined): Record<string, string> {
    return {
      ...this.#options.headers,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': session?.description.version ?? PROPOSED_VERSION,
      ...(session?.id === undefined ? {} : { 'mcp-session-id': session.id }),
    };
  }

  #received(session: Session | undefined, message: UpstreamMessage): void {
    switch (message.kind) {
      case 'request':
        if (session !== undefined) this.#tell(session, answerToServer(message.id, message.method));
        if (message.method !== 'ping')
          this.#events.log('warn', 'Refused what the server asked of its client.');
        return;
      case 'notification':
        this.#events.notified(message.method);
        return;
      case 'answer':
        this.#events.log('warn', 'Dropped an answer that nobody waits for.');
        return;
      case 'invalid':
        this.#events.log('warn', 'Dropped what is no message.');
    }
  }

  /** Sends what nobody waits for. */
  #tell(session: Session, bytes: Uint8Array): void {
    const message = { id: undefined, bytes, timeoutMs: ASIDE_TIMEOUT_MS };
    this.#goOn(this.#post(session, message, new AbortController().signal));
  }

  async #delete(session: Session): Promise<void> {
    if (session.id === undefined) return;
    await new Promise<void>((resolve) => {
      const reader = new HttpAnswerReader({
        id: undefined,
        bytesMax: this.#options.limits.resultBytesMax,
        onMessage: () => undefined,
        settle: () => {
          clearTimeout(timer);
          resolve();
        },
      });
      const timer = setTimeout(() => reader.abort(new Failure('upstream_timeout')), ASIDE_TIMEOUT_MS);
      this.#pool.dispatch({ path: this.#path, method: 'DELETE', headers: this.#headers(session) }, reader);
    });
  }

  /** Keeps hold of work that nobody waits for, and of its end, good or bad. */
  #goOn(work: Promise<unknown>): void {
    const settled = work.catch(() => undefined).finally(() => this.#aside.delete(settled));
    this.#aside.add(settled);
  }
}

/** @throws Failure for everything that is no answer, by what the status says. */
function replyOf({ status, reply }: HttpAnswer): ServerReply {
  // Servers tell errors of a request under other statuses too; a result only comes with success.
  if (reply !== undefined && (status === 200 || (reply.member === 'error' && status >= 400))) return reply;
  if (status === 401 || status === 403) {
    throw new Failure('upstream_unavailable', 'The server does not accept the gateway’s credential.');
  }
  if (status >= 500 || status === 429) {
    throw new Failure('upstream_unavailable', `The server answered with HTTP status ${status}.`);
  }
  throw new Failure('upstream_invalid', `The server gave no answer under HTTP status ${status}.`);
}
