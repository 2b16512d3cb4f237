import {
  type Conversation,
  Failure,
  type Listening,
  type ServerDescription,
  type ServerNotification,
  type ServerReply,
  type Subscription,
} from '@bailiff/contract';
import { CallDialogue } from '../call-dialogue.ts';
import {
  answerToServer,
  cancelledNotification,
  EVERY_CAPABILITY,
  INITIALIZED_NOTIFICATION,
  initializeRequest,
  PROPOSED_VERSION,
  readHandshake,
} from '../handshake.ts';
import { isStatelessError } from '../stateless/discovery.ts';
import type { UpstreamEntry, UpstreamRequest } from '../upstream.ts';
import { readUpstreamMessage } from '../upstream-message.ts';
import { untilAborted } from '../wait.ts';
import { AnswerStream } from './answer-stream.ts';
import { Audiences } from './audiences.ts';
import { ConversationSessions } from './conversation-sessions.ts';
import { type HttpPeer, headerOf, NO_SUCH_ENDPOINT, replyOf, StatusFailure, timeout } from './http-peer.ts';
import type { Received } from './response-reader.ts';
import { isWanted, StandingStream, type StreamEnd } from './standing-stream.ts';
import type { Wire, WireEvents } from './wire.ts';

const SESSION_LOST =
  'The upstream server has lost the session that the call was sent in. The call was sent once and not repeated; ' +
  'try again, in a new session, if that does no harm.';

/** How long the first calls of a conversation that listens wait for its stream. */
const STREAM_OPENS_MS = 1_000;

interface Session {
  /** Undefined for a server that keeps none. */
  readonly id: string | undefined;
  readonly description: ServerDescription;
  readonly conversation: Conversation | undefined;
  /** Calls under way. */
  readonly calls: Set<CallDialogue>;
}

/**
 * A server that is greeted with `initialize`, over streamable HTTP (2025-03-26 to 2025-11-25). Servers that keep sessions get
 * one per conversation, opened with its first call, and one for the gateway’s own questions; others are greeted once.
 */
export class SessionWire implements Wire {
  readonly description: ServerDescription;
  readonly #peer: HttpPeer;
  readonly #events: WireEvents;
  readonly #sessions: ConversationSessions<Session>;
  readonly #audiences = new Audiences();
  /** Streams that are being opened, by conversation: until they are, what a server asks beside its answers is lost. */
  readonly #opening = new Map<string, Promise<void>>();

  private constructor(peer: HttpPeer, events: WireEvents, greeted: Session) {
    this.#peer = peer;
    this.#events = events;
    this.description = greeted.description;
    let first: Session | undefined = greeted;
    this.#sessions = new ConversationSessions({
      max: peer.limits.sessionsMax,
      open: async (conversation) => {
        const opened = conversation === undefined ? first : undefined;
        if (opened === undefined) return this.#open(conversation);
        first = undefined;
        return opened;
      },
      isInUse: ({ calls, conversation }) => calls.size > 0 || this.#audiences.has(conversation),
      close: (session) => this.#end(session),
    });
  }

  /** Greets the server. @throws StatusFailure when it takes no greeting, or another Failure `upstream_*`. */
  static async open(peer: HttpPeer, events: WireEvents): Promise<SessionWire> {
    const wire = new SessionWire(peer, events, await openSession(peer, undefined));
    await wire.#sessions.get(undefined, NEVER);
    return wire;
  }

  async exchange(request: UpstreamRequest, signal: AbortSignal): Promise<ServerReply> {
    const session = await this.#sessionFor(request.conversation, signal);
    const opening = this.#opening.get(request.conversation?.key ?? '');
    // Questions of the gateway’s own in a conversation may be what its stream waits for; they are about no call.
    if (opening !== undefined && request.channel !== undefined) await untilAborted(opening, signal);
    const { status, reply } = await this.#ask(session, request, signal);
    if (status !== 404 || session.id === undefined || reply !== undefined) return replyOf({ status }, reply);
    this.#sessions.forget(session.conversation, session);
    // A server should answer so without having looked at the request, but nothing shows that it has not carried it out; only
    // the gateway’s own questions are harmless to repeat.
    if (request.conversation !== undefined) throw new Failure('upstream_unavailable', SESSION_LOST);
    const again = await this.#ask(await this.#sessionFor(undefined, signal), request, signal);
    return replyOf(again, again.reply);
  }

  listen(
    conversation: Conversation | undefined,
    wanted: Subscription,
    heard: (notification: ServerNotification) => void,
  ): Listening {
    let current = wanted;
    const filtered = (said: ServerNotification) => {
      if (isWanted(said, current)) heard(said);
    };
    const leave = this.#audiences.join(conversation, filtered);
    const opened = this.#isOpening(conversation);
    const stream = new StandingStream({
      open: (signal) => this.#hear(conversation, { heard: filtered, opened }, signal).finally(opened),
      log: (message) => this.#events.log('warn', message),
    });
    return {
      update: async (next) => {
        current = next;
      },
      [Symbol.asyncDispose]: () => {
        leave();
        opened();
        return stream[Symbol.asyncDispose]();
      },
    };
  }

  endConversation(key: string): void {
    this.#sessions.end(key);
  }

  usable(tools: readonly UpstreamEntry[]): readonly UpstreamEntry[] {
    return tools;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sessions[Symbol.dispose]();
    // Sessions are ended beside; the peer waits for that.
    await Promise.resolve();
  }

  /** The session that calls of a conversation go through: the gateway’s own where the server keeps none. */
  async #sessionFor(conversation: Conversation | undefined, signal: AbortSignal): Promise<Session> {
    const own = await this.#sessions.get(undefined, signal);
    return own.id === undefined || conversation === undefined
      ? own
      : this.#sessions.get(conversation, signal);
  }

  async #open(conversation: Conversation | undefined): Promise<Session> {
    try {
      return await openSession(this.#peer, conversation);
    } catch (failure) {
      if (failure instanceof StatusFailure && NO_SUCH_ENDPOINT.has(failure.status)) this.#events.outdated();
      throw failure;
    }
  }

  async #ask(session: Session, request: UpstreamRequest, signal: AbortSignal) {
    const tell = (bytes: Uint8Array) =>
      this.#peer.tell({ ...this.#to(session, 'POST', request.conversation), body: bytes });
    const { log } = this.#events;
    const announced = (said: ServerNotification) => {
      this.#events.announced(said);
      this.#audiences.tell(request.conversation, said);
    };
    using dialogue = new CallDialogue({ request, tell, announced, log }, signal);
    session.calls.add(dialogue);
    try {
      const stream = new AnswerStream({
        peer: this.#peer,
        id: request.id,
        dialogue,
        log,
        to: (method) => this.#to(session, method, request.conversation),
      });
      return await stream.answer(request.bytes);
    } catch (failure) {
      // A closed connection alone does not mean to the server that nobody waits any more.
      if (dialogue.signal.aborted) tell(cancelledNotification(request.id));
      throw failure;
    } finally {
      session.calls.delete(dialogue);
    }
  }

  /** Calls of the conversation wait until what this returns is called, and not for long. */
  #isOpening(conversation: Conversation | undefined): () => void {
    if (conversation === undefined) return () => undefined;
    const { key } = conversation;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, STREAM_OPENS_MS).unref();
    this.#opening.set(key, promise);
    promise.then(() => {
      clearTimeout(timer);
      if (this.#opening.get(key) === promise) this.#opening.delete(key);
    });
    return resolve;
  }

  /** One connection for announcements; resolves when it ended, with whether another may be made. */
  async #hear(
    conversation: Conversation | undefined,
    { heard, opened }: { heard(notification: ServerNotification): void; opened(): void },
    signal: AbortSignal,
  ): Promise<StreamEnd> {
    if (this.#sessions.isClosed) return { mayReopen: false }; // It is spoken to otherwise now.
    const session = await this.#sessionFor(conversation, signal);
    // A server without sessions could not tell one conversation from another.
    if (session.id === undefined && conversation !== undefined) return { mayReopen: false };
    let wasOpened = false;
    let retryMs: number | undefined;
    const response = await this.#peer.request(
      this.#to(session, 'GET'),
      {
        purpose: 'streams',
        opened: (status) => {
          wasOpened = status === 200;
          opened();
        },
        received: (received) => {
          this.#announced(session, received, heard);
          return false;
        },
        retryAfter: (ms) => {
          retryMs = ms;
        },
      },
      signal,
    );
    if (response.status === 404 && session.id !== undefined) {
      this.#sessions.forget(session.conversation, session);
      return { mayReopen: true };
    }
    const isStream = headerOf(response, 'content-type')?.startsWith('text/event-stream') === true;
    const isBusy = response.status >= 500 || response.status === 429;
    return { mayReopen: isBusy || (wasOpened && isStream), wasOpened, retryMs };
  }

  #announced(
    session: Session,
    { event, text }: Received,
    heard: (notification: ServerNotification) => void,
  ): void {
    if (event !== 'message') return;
    const message = readUpstreamMessage(text);
    if (message.kind === 'notification') heard(message);
    else if (message.kind === 'request') {
      // Asked beside any call; where only one is under way, it can only be about that. The gateway’s own session is
      // everybody’s, and what is asked there may be about a call of somebody else’s.
      const [only, another] = session.conversation === undefined ? [] : session.calls;
      if (only?.hasChannel === true && another === undefined) only.asked(message);
      else {
        const body = answerToServer(message.id, message.method);
        this.#peer.tell({ ...this.#to(session, 'POST'), body });
      }
    } else this.#events.log('warn', 'Dropped what is no announcement.');
  }

  /** `asker` is on whose behalf it is sent. A session may be everybody’s, or one that an earlier token of the asker’s opened. */
  #to(session: Session, method: 'POST' | 'GET' | 'DELETE', asker = session.conversation) {
    const { id, description } = session;
    return { method, headers: headersOf(method, description.version, id), conversation: asker } as const;
  }

  #end(session: Session): void {
    if (session.id !== undefined) this.#peer.tell(this.#to(session, 'DELETE'));
  }
}

const NEVER = new AbortController().signal;

async function openSession(peer: HttpPeer, conversation: Conversation | undefined): Promise<Session> {
  const id = peer.newId('initialize');
  const signal = timeout(peer.limits.startTimeoutMs);
  const capabilities = conversation === undefined ? EVERY_CAPABILITY : conversation.capabilities;
  let reply: ServerReply | undefined;
  const response = await peer.request(
    {
      method: 'POST',
      headers: headersOf('POST', PROPOSED_VERSION, undefined),
      body: initializeRequest(id, capabilities),
      conversation,
    },
    {
      received: ({ event, text }) => {
        const message = event === 'message' ? readUpstreamMessage(text) : undefined;
        if (message?.kind === 'invalid' && message.id === id) throw new Failure('upstream_invalid');
        if (message?.kind === 'answer' && message.id === id) reply = message.reply;
        return reply !== undefined;
      },
    },
    signal,
  );
  if (reply !== undefined && isStatelessError(reply)) {
    throw new StatusFailure('upstream_invalid', 'The server takes no greeting.', response.status);
  }
  const description = readHandshake(replyOf(response, reply));
  const sessionId = headerOf(response, 'mcp-session-id');
  if (sessionId !== undefined && !/^[\x21-\x7e]{1,1024}$/.test(sessionId)) {
    throw new Failure('upstream_invalid', 'The server’s session id is not valid.');
  }
  const headers = headersOf('POST', description.version, sessionId);
  await peer.request(
    { method: 'POST', headers, body: INITIALIZED_NOTIFICATION, conversation },
    { received: () => false },
    signal,
  );
  return { id: sessionId, description, conversation, calls: new Set() };
}

function headersOf(method: string, version: string, sessionId: string | undefined): Record<string, string> {
  return {
    ...(method === 'POST'
      ? { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
      : { accept: 'text/event-stream' }),
    'mcp-protocol-version': version,
    ...(sessionId === undefined ? {} : { 'mcp-session-id': sessionId }),
  };
}
