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
  readHandshake,
} from '../handshake.ts';
import type { UpstreamEntry, UpstreamRequest } from '../upstream.ts';
import { readUpstreamMessage } from '../upstream-message.ts';
import { untilAborted } from '../wait.ts';
import { Audiences } from './audiences.ts';
import { ConversationSessions } from './conversation-sessions.ts';
import { type HttpPeer, headerOf, replyOf, timeout } from './http-peer.ts';
import type { Received } from './response-reader.ts';
import { isWanted } from './standing-stream.ts';
import type { Wire, WireEvents } from './wire.ts';

/** A call whose answer comes on the session’s stream. */
interface Waiting {
  readonly dialogue: CallDialogue;
  settle(outcome: ServerReply | Failure): void;
}

interface Session {
  readonly conversation: Conversation | undefined;
  /** Path and query to which messages are sent. */
  readonly endpoint: string;
  readonly description: ServerDescription;
  /** Calls under way, by id. */
  readonly calls: Map<string, Waiting>;
  /** Ends the stream, and with it the session. */
  readonly ended: AbortController;
}

const NEVER = new AbortController().signal;

/**
 * A server of the transport that streamable HTTP replaced (HTTP+SSE, 2024-11-05): one stream per session carries everything that
 * the server says, and messages are sent to an address that the stream names first.
 */
export class LegacyWire implements Wire {
  readonly #peer: HttpPeer;
  readonly #events: WireEvents;
  readonly #sessions: ConversationSessions<Session>;
  readonly #audiences = new Audiences();
  #description: ServerDescription | undefined;

  private constructor(peer: HttpPeer, events: WireEvents) {
    this.#peer = peer;
    this.#events = events;
    this.#sessions = new ConversationSessions({
      max: Math.min(peer.limits.sessionsMax, STREAMS_MAX),
      open: (conversation) => this.#open(conversation),
      isInUse: ({ calls, conversation }) => calls.size > 0 || this.#audiences.has(conversation),
      close: ({ ended }) => ended.abort(new Failure('client_gone')),
    });
  }

  /** @throws Failure `upstream_*` when the server opens no such stream. */
  static async open(peer: HttpPeer, events: WireEvents): Promise<LegacyWire> {
    const wire = new LegacyWire(peer, events);
    try {
      wire.#description = (await wire.#sessions.get(undefined, NEVER)).description;
    } catch (failure) {
      wire.#sessions[Symbol.dispose]();
      throw failure;
    }
    return wire;
  }

  get description(): ServerDescription {
    if (this.#description === undefined) throw new Failure('internal');
    return this.#description;
  }

  async exchange(request: UpstreamRequest, signal: AbortSignal): Promise<ServerReply> {
    const session = await this.#sessions.get(request.conversation, signal);
    const { log } = this.#events;
    const announced = (said: ServerNotification) => this.#announced(session, said);
    const tell = (bytes: Uint8Array) => this.#peer.tell(this.#to(session, bytes));
    using dialogue = new CallDialogue({ request, tell, announced, log }, signal);
    try {
      return await this.#ask(session, request, dialogue);
    } catch (failure) {
      if (dialogue.signal.aborted) tell(cancelledNotification(request.id));
      throw failure;
    }
  }

  /** The session’s stream is there in any case; this only hears it. */
  listen(
    conversation: Conversation | undefined,
    wanted: Subscription,
    heard: (notification: ServerNotification) => void,
  ): Listening {
    let current = wanted;
    const leave = this.#audiences.join(conversation, (said) => {
      if (isWanted(said, current)) heard(said);
    });
    if (conversation !== undefined) {
      this.#sessions.get(conversation, NEVER).catch(() => {
        this.#events.log('warn', 'No session could be opened for announcements.');
      });
    }
    return {
      update: async (next) => {
        current = next;
      },
      [Symbol.asyncDispose]: async () => leave(),
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
    await Promise.resolve();
  }

  async #open(conversation: Conversation | undefined): Promise<Session> {
    const start = timeout(this.#peer.limits.startTimeoutMs);
    const ended = new AbortController();
    const calls = new Map<string, Waiting>();
    const { promise: endpoint, resolve, reject } = Promise.withResolvers<string>();
    let session: Session | undefined;
    let greeting: ((message: ReturnType<typeof readUpstreamMessage>) => void) | undefined;
    const stream = this.#peer.request(
      { method: 'GET', headers: { accept: 'text/event-stream' }, conversation },
      {
        purpose: 'streams',
        opened: (status, headers) => {
          const isStream = headerOf({ headers }, 'content-type')?.startsWith('text/event-stream') === true;
          if (status !== 200 || !isStream) replyOf({ status: status === 200 ? 404 : status }, undefined);
        },
        received: (received) => {
          if (received.event === 'endpoint') resolve(endpointOf(received.text, this.#peer.url));
          else if (session !== undefined) this.#received(session, received);
          else if (received.event === 'message') greeting?.(readUpstreamMessage(received.text));
          return false;
        },
      },
      ended.signal,
    );
    const over = (failure: Failure) => {
      reject(failure);
      for (const { settle } of [...calls.values()]) settle(failure);
      if (session !== undefined) this.#sessions.forget(conversation, session);
    };
    this.#peer.goOn(
      stream.then(
        () => over(new Failure('upstream_unavailable', 'The server closed the session.')),
        (thrown) => over(thrown instanceof Failure ? thrown : new Failure('internal')),
      ),
    );
    try {
      const path = await untilAborted(endpoint, start);
      const id = this.#peer.newId('initialize');
      const answered = new Promise<ServerReply>((settle, fail) => {
        endpoint.catch(fail);
        stream.catch(fail);
        greeting = (message) => {
          if (message.kind === 'answer' && message.id === id) settle(message.reply);
          else if (message.kind === 'request') this.#refuse({ path, conversation }, message);
        };
      });
      answered.catch(() => undefined);
      const capabilities = conversation === undefined ? EVERY_CAPABILITY : conversation.capabilities;
      await this.#send({ path, conversation }, initializeRequest(id, capabilities), start);
      const description = readHandshake(await untilAborted(answered, start));
      session = { conversation, endpoint: path, description, calls, ended };
      await this.#send({ path, conversation }, INITIALIZED_NOTIFICATION, start);
      return session;
    } catch (failure) {
      ended.abort(new Failure('client_gone'));
      throw failure;
    }
  }

  #ask(session: Session, { id, bytes }: UpstreamRequest, dialogue: CallDialogue): Promise<ServerReply> {
    const { signal } = dialogue;
    const { calls, endpoint: path, conversation, ended } = session;
    const { promise, resolve, reject } = Promise.withResolvers<ServerReply>();
    const settle = (outcome: ServerReply | Failure) => {
      calls.delete(id);
      if (outcome instanceof Failure) reject(outcome);
      else resolve(outcome);
    };
    if (ended.signal.aborted) settle(new Failure('upstream_unavailable', 'The session is over.'));
    calls.set(id, { dialogue, settle });
    this.#send({ path, conversation }, bytes, signal).catch(settle);
    return untilAborted(promise, signal).finally(() => calls.delete(id));
  }

  /** @throws Failure when the server does not take it. */
  async #send(
    { path, conversation }: { readonly path: string; readonly conversation: Conversation | undefined },
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<void> {
    const request = { method: 'POST', path, headers: JSON_BODY, body, conversation } as const;
    const response = await this.#peer.request(request, { received: () => false }, signal);
    if (response.status < 200 || response.status >= 300) replyOf(response, undefined);
  }

  #received(session: Session, { event, text }: Received): void {
    if (event !== 'message') return;
    const message = readUpstreamMessage(text);
    const waiting = [...session.calls.values()];
    // Nothing says which call it is about: only where one is under way there is no doubt.
    const only = waiting.length === 1 ? waiting[0]?.dialogue : undefined;
    switch (message.kind) {
      case 'answer': {
        const call = session.calls.get(message.id);
        if (call === undefined) this.#events.log('warn', 'Dropped an answer that nobody waits for.');
        call?.settle(message.reply);
        return;
      }
      case 'invalid':
        this.#events.log('warn', 'Dropped what is no message.');
        session.calls.get(message.id)?.settle(new Failure('upstream_invalid'));
        return;
      case 'request':
        if (only === undefined)
          this.#refuse({ path: session.endpoint, conversation: session.conversation }, message);
        else only.asked(message);
        return;
      case 'notification': {
        const { progressToken } = message.params;
        const about = typeof progressToken === 'string' ? session.calls.get(progressToken)?.dialogue : only;
        if (about === undefined) this.#announced(session, message);
        else about.notified(message);
      }
    }
  }

  #announced({ conversation }: Session, said: ServerNotification): void {
    this.#events.announced(said);
    this.#audiences.tell(conversation, said);
  }

  #refuse(
    { path, conversation }: { readonly path: string; readonly conversation: Conversation | undefined },
    { id, method }: { readonly id: string | number; readonly method: string },
  ): void {
    if (method !== 'ping') this.#events.log('warn', 'Refused what the server asked of its client.');
    const body = answerToServer(id, method);
    this.#peer.tell({ method: 'POST', path, headers: JSON_BODY, body, conversation });
  }

  #to({ endpoint: path, conversation }: Session, body: Uint8Array) {
    return { method: 'POST', path, headers: JSON_BODY, body, conversation } as const;
  }
}

/** Streams to one server: as many sessions as there may be connections for them. */
const STREAMS_MAX = 1_000;

const JSON_BODY = { 'content-type': 'application/json', accept: 'application/json' } as const;

/** Where messages go. @throws Failure for an address at another origin: credentials would go there. */
function endpointOf(text: string, base: URL): string {
  const url = URL.canParse(text, base.href) ? new URL(text, base) : undefined;
  if (url === undefined || url.origin !== base.origin) {
    throw new Failure('upstream_invalid', 'The server wants its messages sent to another origin.');
  }
  return `${url.pathname}${url.search}`;
}
