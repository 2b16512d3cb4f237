import {
  type Conversation,
  Failure,
  type Listening,
  type ServerDescription,
  type ServerNotification,
  type ServerReply,
  type Subscription,
} from '@bailiff/contract';
import { isMadeForStateless, revisionChanged } from '../stateless/discovery.ts';
import type { Transport, TransportEvents, UpstreamEntry, UpstreamRequest } from '../upstream.ts';
import { untilAborted } from '../wait.ts';
import { HttpPeer, type HttpPeerOptions, NO_SUCH_ENDPOINT, StatusFailure, timeout } from './http-peer.ts';
import { LegacyWire } from './legacy-wire.ts';
import { SessionWire } from './session-wire.ts';
import { StatelessWire } from './stateless-wire.ts';
import { ToldSubscription } from './told-subscription.ts';
import type { Wire, WireListening } from './wire.ts';

/** Conversations that hear what one server announces; further ones are refused. */
const LISTENING_MAX = 1_000;

const LIST_CHANGES: ReadonlySet<string> = new Set([
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
]);
const TOLD_INTERVAL_MS = 100;

/** How long a subscription may take to be taken up; then it goes on beside. */
const OPENS_MS = 2_000;

export interface HttpTransportOptions extends HttpPeerOptions {
  /** How the server is spoken to; `auto` finds out. */
  readonly protocol: 'auto' | 'session' | 'stateless' | 'sse';
}

/**
 * One server over HTTP, of whichever revision of MCP. What it speaks is found out with the first request and kept until the server
 * shows that it is no longer so.
 */
export class HttpTransport implements Transport {
  readonly #options: HttpTransportOptions;
  readonly #events: TransportEvents;
  readonly #peer: HttpPeer;
  #wire: Promise<Wire> | undefined;
  #listening = 0;
  /** Changes that were just told, and whether the server has said them again since. */
  readonly #recentlyTold = new Map<string, boolean>();
  #isClosed = false;
  /** Hears the server’s announcements to the gateway itself. */
  #own: Listening | undefined;

  constructor(options: HttpTransportOptions, events: TransportEvents) {
    this.#options = options;
    this.#events = events;
    this.#peer = new HttpPeer(options);
  }

  async describe(signal: AbortSignal): Promise<ServerDescription> {
    return (await this.#spoken(signal)).description;
  }

  async exchange(request: UpstreamRequest, signal: AbortSignal): Promise<ServerReply> {
    const wire = await this.#spoken(signal);
    if (wire.description.era === 'session' && isMadeForStateless(request.bytes)) throw revisionChanged();
    return wire.exchange(request, signal);
  }

  async listen(
    conversation: Conversation,
    wanted: Subscription,
    heard: (notification: ServerNotification) => void,
  ): Promise<Listening> {
    if (this.#listening >= LISTENING_MAX) {
      throw new Failure('overloaded', 'Too many conversations listen to this server; try again later.');
    }
    this.#listening += 1;
    let isOver = false;
    const end = () => {
      if (!isOver) this.#listening -= 1;
      isOver = true;
    };
    try {
      const wire = await this.#spoken(new AbortController().signal);
      const told = this.#toldOf(wire, conversation);
      await told?.sync(wanted, timeout(this.#options.limits.startTimeoutMs));
      // Whoever listens hears of a changed list, whichever stream the server says it on.
      const listening = wire.listen(conversation, wanted, (said) => {
        if (LIST_CHANGES.has(said.method)) this.#listChanged(said.method);
        else heard(said);
      });
      // What happens before the server has taken the subscription is heard by nobody, so it is not said to be taken either.
      await openedInTime(listening);
      return {
        update: async (next, signal) => {
          await told?.sync(next, signal);
          await listening.update(next, signal);
        },
        [Symbol.asyncDispose]: () => {
          end();
          return listening[Symbol.asyncDispose]();
        },
      };
    } catch (failure) {
      end();
      throw failure;
    }
  }

  #toldOf(wire: Wire, conversation: Conversation): ToldSubscription | undefined {
    if (wire.description.era === 'stateless') return undefined;
    const { startTimeoutMs: timeoutMs } = this.#options.limits;
    return new ToldSubscription({
      description: wire.description,
      ask: async (method, params, signal) => {
        const id = this.#peer.newId(method);
        const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
        const request = { id, bytes, conversation, channel: undefined, timeoutMs };
        return (await wire.exchange(request, signal)).member === 'result';
      },
    });
  }

  endConversation(conversationKey: string): void {
    this.#wire?.then(
      (wire) => wire.endConversation(conversationKey),
      () => undefined,
    );
  }

  /** Those of a list that can be called over this transport. */
  async usableTools(tools: readonly UpstreamEntry[], signal: AbortSignal): Promise<readonly UpstreamEntry[]> {
    return (await this.#spoken(signal)).usable(tools);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#forget();
    await this.#peer[Symbol.asyncDispose]();
  }

  #spoken(signal: AbortSignal): Promise<Wire> {
    if (this.#isClosed)
      return Promise.reject(new Failure('upstream_unavailable', 'The gateway is stopping.'));
    if (this.#wire === undefined) {
      const wire = this.#open();
      this.#wire = wire;
      wire.then(
        (opened) => {
          if (this.#wire === wire) this.#hear(opened);
        },
        () => {
          if (this.#wire === wire) this.#wire = undefined;
        },
      );
    }
    return untilAborted(this.#wire, signal);
  }

  /** @throws Failure `upstream_*` when the server is not there, or speaks nothing that is known here. */
  async #open(): Promise<Wire> {
    const events = {
      announced: ({ method }: ServerNotification) => this.#listChanged(method),
      relist: () => this.#events.relist(),
      outdated: () => this.#forget(),
      log: this.#events.log,
    };
    const { protocol } = this.#options;
    if (protocol === 'sse') return LegacyWire.open(this.#peer, events);
    if (protocol !== 'session') {
      const stateless = await StatelessWire.open(this.#peer, events);
      if (stateless !== undefined) return stateless;
      if (protocol === 'stateless') {
        throw new Failure('upstream_invalid', 'The server does not speak MCP 2026-07-28.');
      }
    }
    try {
      return await SessionWire.open(this.#peer, events);
    } catch (failure) {
      const isOther = failure instanceof StatusFailure && NO_SUCH_ENDPOINT.has(failure.status);
      if (protocol !== 'auto' || !isOther) throw failure;
      try {
        return await LegacyWire.open(this.#peer, events);
      } catch {
        throw failure; // It tells more than that there is no stream either.
      }
    }
  }

  /** What is under way goes on; whatever comes next finds out anew what the server speaks. */
  #forget(): void {
    const wire = this.#wire;
    this.#wire = undefined;
    const own = this.#own;
    this.#own = undefined;
    if (own !== undefined) this.#peer.goOn(Promise.resolve(own[Symbol.asyncDispose]()));
    if (wire !== undefined) this.#peer.goOn(wire.then((opened) => opened[Symbol.asyncDispose]()));
  }

  /** Servers that announce changes of their lists are heard, so that a list is not believed for longer than need be. */
  #hear(wire: Wire): void {
    const { tools, prompts, resources } = wire.description.capabilities;
    const announces = [tools, prompts, resources].some((declared) => Object(declared).listChanged === true);
    if (!announces) return;
    const nothing = { resources: [], logLevel: undefined };
    this.#own = wire.listen(undefined, nothing, ({ method }) => this.#listChanged(method));
  }

  /** Tells at once, and then no more than once in a while, however many streams say it. */
  #listChanged(method: string): void {
    if (!LIST_CHANGES.has(method)) return;
    this.#events.listChanged(method);
    if (this.#recentlyTold.has(method)) {
      this.#recentlyTold.set(method, true);
      return;
    }
    this.#events.notified(method);
    this.#recentlyTold.set(method, false);
    setTimeout(() => {
      const wasSaidAgain = this.#recentlyTold.get(method) === true;
      this.#recentlyTold.delete(method);
      if (wasSaidAgain && !this.#isClosed) this.#listChanged(method);
    }, TOLD_INTERVAL_MS).unref();
  }
}

async function openedInTime({ opened }: WireListening): Promise<void> {
  if (opened === undefined) return;
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, OPENS_MS);
  await Promise.race([opened, late]);
  clearTimeout(timer);
}
