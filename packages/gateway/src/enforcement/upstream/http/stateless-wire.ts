import {
  type Conversation,
  Failure,
  type ServerDescription,
  type ServerNotification,
  type ServerReply,
  type Subscription,
} from '@bailiff/contract';
import { CallDialogue } from '../call-dialogue.ts';
import {
  discoverRequest,
  readDiscovery,
  refusesWhatItSpeaks,
  revisionChanged,
  STATELESS_ERRORS,
} from '../stateless/discovery.ts';
import { listenRequest, readAnnouncement, subscriptionFilter } from '../stateless/subscription.ts';
import type { UpstreamEntry, UpstreamRequest } from '../upstream.ts';
import { readUpstreamMessage } from '../upstream-message.ts';
import { type HeaderParameter, headerParameters } from './headers/header-parameters.ts';
import { type MirroredRequest, mirroredHeaders, readMirrored } from './headers/mirrored-headers.ts';
import { type HttpPeer, NO_SUCH_ENDPOINT, replyOf, StatusFailure, timeout } from './http-peer.ts';
import { isWanted, StandingStream, type StreamEnd } from './standing-stream.ts';
import type { Wire, WireEvents, WireListening } from './wire.ts';

type Headers = Readonly<Record<string, string>>;

interface Answered {
  readonly status: number;
  readonly reply: ServerReply | undefined;
}

/**
 * A server of 2026-07-28: every request stands alone, and says in headers what its body says. Closing a request’s connection is
 * what cancels it.
 */
export class StatelessWire implements Wire {
  readonly description: ServerDescription;
  readonly #peer: HttpPeer;
  readonly #events: WireEvents;
  /** By tool, of the list as it was seen last. */
  #headerParameters: ReadonlyMap<string, readonly HeaderParameter[]> = new Map();

  private constructor(peer: HttpPeer, events: WireEvents, description: ServerDescription) {
    this.#peer = peer;
    this.#events = events;
    this.description = description;
  }

  /** Undefined when the server is to be greeted with `initialize`. @throws Failure `upstream_*`. */
  static async open(peer: HttpPeer, events: WireEvents): Promise<StatelessWire | undefined> {
    const signal = timeout(peer.limits.startTimeoutMs / 2);
    let status: number;
    let reply: ServerReply | undefined;
    try {
      ({ status, reply } = await discover(peer, signal));
      if (refusesWhatItSpeaks(reply)) ({ status, reply } = await discover(peer, signal));
    } catch (failure) {
      // Servers that wait for a greeting may leave anything else unanswered, or answer it unreadably.
      if (failure instanceof Failure && failure.code !== 'upstream_unavailable') return undefined;
      throw failure;
    }
    if (status === 401 || status === 403) replyOf({ status }, undefined);
    const description = readDiscovery(reply);
    return description === undefined ? undefined : new StatelessWire(peer, events, description);
  }

  async exchange(request: UpstreamRequest, signal: AbortSignal): Promise<ServerReply> {
    const mirrored = readMirrored(request.bytes);
    const headers = this.#headersOf(mirrored);
    let answered = await this.#ask(request, headers, signal);
    if (isRefusal(answered, STATELESS_ERRORS.headerMismatch)) {
      answered = await this.#askAnew(request, { mirrored, headers }, signal);
    }
    if (isRefusal(answered, STATELESS_ERRORS.unsupportedVersion)) {
      this.#events.outdated();
      throw revisionChanged();
    }
    try {
      return replyOf(answered, answered.reply);
    } catch (failure) {
      if (failure instanceof StatusFailure && NO_SUCH_ENDPOINT.has(failure.status)) this.#events.outdated();
      throw failure;
    }
  }

  listen(
    conversation: Conversation | undefined,
    wanted: Subscription,
    heard: (notification: ServerNotification) => void,
  ): WireListening {
    const { promise: opened, resolve } = Promise.withResolvers<void>();
    const start = (current: Subscription) => {
      const filter = subscriptionFilter(this.description, current);
      if (filter === undefined) {
        resolve();
        return undefined;
      }
      return new StandingStream({
        open: (signal) => {
          const filtered = (said: ServerNotification) => {
            if (isWanted(said, current)) heard(said);
          };
          return this.#hear({ conversation, filter, opened: resolve }, filtered, signal).finally(resolve);
        },
        log: (message) => this.#events.log('warn', message),
      });
    };
    let stream = start(wanted);
    return {
      opened,
      update: async (next) => {
        const before = stream;
        stream = start(next);
        await before?.[Symbol.asyncDispose]();
      },
      [Symbol.asyncDispose]: async () => stream?.[Symbol.asyncDispose](),
    };
  }

  /** Nothing is kept for a conversation. */
  endConversation(): void {}

  usable(tools: readonly UpstreamEntry[]): readonly UpstreamEntry[] {
    const parameters = new Map<string, readonly HeaderParameter[]>();
    const usable = tools.filter(({ id, json }) => {
      const { inputSchema }: { readonly inputSchema?: unknown } = JSON.parse(json);
      const found = headerParameters(inputSchema);
      if (found.kind === 'valid') {
        if (found.parameters.length > 0) parameters.set(id, found.parameters);
        return true;
      }
      this.#events.log('warn', `Left out the tool ${id}: of its x-mcp-header, ${found.because}.`);
      return false;
    });
    this.#headerParameters = parameters;
    return usable;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #headersOf(mirrored: MirroredRequest): Headers {
    const { tool } = mirrored;
    return mirroredHeaders(
      mirrored,
      (tool === undefined ? undefined : this.#headerParameters.get(tool)) ?? [],
    );
  }

  /**
   * The server refused the headers, so it has not carried out the call. Its list may have changed: where that makes the headers
   * others, the same bytes are sent with those, once.
   */
  async #askAnew(
    request: UpstreamRequest,
    { mirrored, headers }: { readonly mirrored: MirroredRequest; readonly headers: Headers },
    signal: AbortSignal,
  ): Promise<Answered> {
    if (mirrored.tool !== undefined) {
      await this.#events.relist();
      const anew = this.#headersOf(mirrored);
      if (JSON.stringify(anew) !== JSON.stringify(headers)) {
        const answered = await this.#ask(request, anew, signal);
        if (!isRefusal(answered, STATELESS_ERRORS.headerMismatch)) return answered;
      }
    }
    throw new Failure('upstream_invalid', 'The server does not accept the headers of the call.');
  }

  async #ask(request: UpstreamRequest, headers: Headers, signal: AbortSignal): Promise<Answered> {
    const { id, bytes: body, conversation } = request;
    const { announced, log } = this.#events;
    // There is no way to answer a server here: what it wants to know, it asks in its result.
    using dialogue = new CallDialogue({ request, tell: () => undefined, announced, log }, signal);
    let reply: ServerReply | undefined;
    const { status } = await this.#peer.request(
      { method: 'POST', headers, body, conversation },
      {
        received: (received) => {
          if (received.event !== 'message') return false;
          const message = readUpstreamMessage(received.body ?? received.text);
          if (message.kind === 'notification') dialogue.notified(message);
          else if (message.kind === 'answer' && message.id === id) reply = message.reply;
          else if (message.kind === 'invalid' && message.id === id) throw new Failure('upstream_invalid');
          else log('warn', 'Dropped what does not belong to the call.');
          return reply !== undefined;
        },
      },
      dialogue.signal,
    );
    return { status, reply };
  }

  async #hear(
    {
      conversation,
      filter,
      opened,
    }: {
      readonly conversation: Conversation | undefined;
      readonly filter: NonNullable<ReturnType<typeof subscriptionFilter>>;
      opened(): void;
    },
    heard: (notification: ServerNotification) => void,
    signal: AbortSignal,
  ): Promise<StreamEnd> {
    const id = this.#peer.newId('listen');
    const body = listenRequest(id, filter);
    let wasOpened = false;
    let isRefused = false;
    const { status } = await this.#peer.request(
      { method: 'POST', headers: mirroredHeaders(readMirrored(body), []), body, conversation },
      {
        purpose: 'streams',
        received: ({ event, text }) => {
          const message = event === 'message' ? readUpstreamMessage(text) : undefined;
          if (message?.kind === 'answer' && message.id === id) {
            isRefused = message.reply.member === 'error';
            return true;
          }
          if (message?.kind !== 'notification') return false;
          wasOpened = true; // the first notification acknowledges
          opened();
          const announced = readAnnouncement(id, message);
          if (announced !== undefined) heard(announced);
          return false;
        },
      },
      signal,
    );
    const isBusy = status >= 500 || status === 429;
    return { mayReopen: isBusy || (status === 200 && !isRefused), wasOpened };
  }
}

async function discover(
  peer: HttpPeer,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly reply: ServerReply | undefined }> {
  const id = peer.newId('discover');
  const body = discoverRequest(id);
  const headers = mirroredHeaders(readMirrored(body), []);
  let reply: ServerReply | undefined;
  const { status } = await peer.request(
    { method: 'POST', headers, body, conversation: undefined },
    {
      received: ({ event, text }) => {
        const message = event === 'message' ? readUpstreamMessage(text) : undefined;
        if (message?.kind === 'answer' && message.id === id) reply = message.reply;
        return reply !== undefined;
      },
    },
    signal,
  );
  return { status, reply };
}

/** Whether the request was refused with this error before it was looked at. */
function isRefusal({ status, reply }: Answered, code: number): boolean {
  if (status !== 400 || reply?.member !== 'error') return false;
  const error: { readonly code: number } = JSON.parse(reply.json);
  return error.code === code;
}
