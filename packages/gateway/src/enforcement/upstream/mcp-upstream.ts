import {
  type Conversation,
  Failure,
  type Listening,
  type ListKind,
  type ServerDescription,
  type ServerNotification,
  type ServerReply,
  type Subscription,
} from '@bailiff/contract';
import { LRUCache } from 'lru-cache';
import { LISTS, Listing } from './listing.ts';
import { ownRequest } from './stateless/discovery.ts';
import type {
  Transport,
  TransportEvents,
  Upstream,
  UpstreamEntry,
  UpstreamLimits,
  UpstreamRequest,
} from './upstream.ts';
import { untilAborted } from './wait.ts';

/** Which list a server’s announcement is about. */
const ANNOUNCED: Readonly<Record<string, readonly ListKind[]>> = {
  'notifications/tools/list_changed': ['tools'],
  'notifications/prompts/list_changed': ['prompts'],
  'notifications/resources/list_changed': ['resources', 'resource_templates'],
};

/** What a server that keeps such a list declares. */
const CAPABILITY_OF = {
  tools: 'tools',
  prompts: 'prompts',
  resources: 'resources',
  resource_templates: 'resources',
} as const satisfies Record<ListKind, string>;

/** How long changes of a list are gathered before those who listen are told. What the gateway keeps of it is forgotten at once. */
const ANNOUNCE_DELAY_MS = 150;

/** Processes of conversations whose own tools are remembered. */
const PLACES_MAX = 1_000;

const METHOD_NOT_FOUND = -32601;

export interface McpUpstreamOptions {
  readonly name: string;
  readonly limits: UpstreamLimits;
  openTransport(events: TransportEvents): Transport;
  /** What is closed with it, after it; left out where nothing is. */
  readonly closes?: AsyncDisposable | undefined;
  log(level: 'info' | 'warn', message: string): void;
}

/** One MCP server over any transport: its lists, kept, and a bound on what is under way there. */
export class McpUpstream implements Upstream {
  readonly name: string;
  readonly #limits: UpstreamLimits;
  readonly #transport: Transport;
  readonly #listings: Readonly<Record<ListKind, Listing>>;
  /** The tools of conversations that have a process of their own, by that process. */
  readonly #toolsAt = new LRUCache<string, Listing>({ max: PLACES_MAX });
  readonly #log: McpUpstreamOptions['log'];
  readonly #closes: AsyncDisposable | undefined;
  readonly #listeners = new Set<{ readonly heard: (notification: ServerNotification) => void }>();
  readonly #ended = new AbortController();
  /** Changes of lists that those who listen are about to be told, by method. */
  readonly #announcing = new Map<string, NodeJS.Timeout>();
  #inFlight = 0;
  #idle: PromiseWithResolvers<void> | undefined;
  #asked = 0;

  constructor({ name, limits, openTransport, closes, log }: McpUpstreamOptions) {
    this.name = name;
    this.#limits = limits;
    this.#log = log;
    this.#closes = closes;
    this.#listings = {
      tools: this.#listing('tools'),
      prompts: this.#listing('prompts'),
      resources: this.#listing('resources'),
      resource_templates: this.#listing('resource_templates'),
    };
    const listChanged = (method: string) => {
      const kinds = Object.hasOwn(ANNOUNCED, method) ? ANNOUNCED[method] : undefined;
      for (const kind of kinds ?? []) this.#listings[kind].invalidate();
      // Which of its processes said it is not told.
      if (kinds?.includes('tools')) for (const tools of this.#toolsAt.values()) tools.invalidate();
    };
    const notified = (method: string) => {
      listChanged(method);
      if (Object.hasOwn(ANNOUNCED, method)) this.#announceSoon(method);
    };
    this.#transport = openTransport({
      notified,
      listChanged,
      relist: () => this.#listings.tools.refresh(),
      log,
    });
  }

  describe(signal: AbortSignal): Promise<ServerDescription> {
    return this.#transport.describe(signal);
  }

  async list(kind: ListKind, signal: AbortSignal): Promise<readonly UpstreamEntry[]> {
    const { capabilities } = await this.#transport.describe(signal);
    if (capabilities[CAPABILITY_OF[kind]] === undefined) return [];
    return untilAborted(this.#listings[kind].entries(), signal);
  }

  async findTool(name: string, signal: AbortSignal): Promise<UpstreamEntry | undefined> {
    const { capabilities } = await this.#transport.describe(signal);
    if (capabilities.tools === undefined) return undefined;
    return untilAborted(this.#listings.tools.find(name), signal);
  }

  async findToolNow(
    name: string,
    conversation: Conversation | undefined,
    signal: AbortSignal,
  ): Promise<UpstreamEntry | undefined> {
    const { capabilities } = await this.#transport.describe(signal);
    if (capabilities.tools === undefined) return undefined;
    const tools = conversation === undefined ? this.#listings.tools : this.#toolsOf(conversation);
    return tools.findNow(name, signal);
  }

  async forward(request: UpstreamRequest, signal: AbortSignal): Promise<ServerReply> {
    if (this.#inFlight >= this.#limits.inFlightMax) {
      throw new Failure('overloaded', 'Too many calls are under way at this server.');
    }
    this.#inFlight += 1;
    try {
      return await this.#transport.exchange(request, signal);
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#idle?.resolve();
    }
  }

  /** Resolves once no call is under way. */
  whenIdle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  async listen(
    conversation: Conversation,
    wanted: Subscription,
    heard: (notification: ServerNotification) => void,
  ): Promise<Listening> {
    const own = { heard };
    this.#listeners.add(own);
    try {
      const listening = await this.#transport.listen(conversation, wanted, heard);
      return {
        update: (changed, signal) => listening.update(changed, signal),
        [Symbol.asyncDispose]: () => {
          this.#listeners.delete(own);
          return listening[Symbol.asyncDispose]();
        },
      };
    } catch (failure) {
      this.#listeners.delete(own);
      throw failure;
    }
  }

  endConversation(conversationKey: string): void {
    this.#transport.endConversation(conversationKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new Failure('upstream_unavailable', 'The gateway is stopping.'));
    for (const timer of this.#announcing.values()) clearTimeout(timer);
    await this.#transport[Symbol.asyncDispose]();
    await this.#closes?.[Symbol.asyncDispose]();
  }

  async #usableTools(tools: readonly UpstreamEntry[]): Promise<readonly UpstreamEntry[]> {
    return (await this.#transport.usableTools?.(tools, this.#ended.signal)) ?? tools;
  }

  /** Once for all that is said of a list in a while: a server that starts may say it for each of its tools. */
  #announceSoon(method: string): void {
    if (this.#announcing.has(method)) return;
    const announce = () => {
      this.#announcing.delete(method);
      for (const { heard } of this.#listeners) heard({ method, params: {}, json: '{}' });
    };
    this.#announcing.set(method, setTimeout(announce, ANNOUNCE_DELAY_MS).unref());
  }

  #listing(kind: ListKind, conversation?: Conversation): Listing {
    return new Listing({
      kind,
      ttlMs: this.#limits.listTtlMs,
      fetchPage: (cursor) => this.#page(kind, cursor, conversation),
      usable: async (entries) => (kind === 'tools' ? this.#usableTools(entries) : entries),
      log: this.#log,
    });
  }

  /** The tools of the process that speaks to a conversation: it may be another than the one that is asked for lists. */
  #toolsOf(conversation: Conversation): Listing {
    const place = this.#transport.placeOf?.(conversation) ?? '';
    if (place === '') return this.#listings.tools;
    const tools = this.#toolsAt.get(place) ?? this.#listing('tools', conversation);
    this.#toolsAt.set(place, tools);
    return tools;
  }

  /** Lists are the gateway’s own question, so no caller’s leaving ends it. */
  async #page(
    kind: ListKind,
    cursor: string | undefined,
    conversation: Conversation | undefined,
  ): Promise<string> {
    this.#asked += 1;
    const id = `bailiff-list-${this.#asked}`;
    const description = await this.#transport.describe(this.#ended.signal);
    const { method, member } = LISTS[kind];
    const params = cursor === undefined ? {} : { cursor };
    const reply = await this.#transport.exchange(
      {
        id,
        bytes: ownRequest(description, { id, method, params }),
        conversation,
        channel: undefined,
        timeoutMs: this.#limits.listTimeoutMs,
      },
      this.#ended.signal,
    );
    if (reply.member === 'result') return reply.json;
    // Servers that have resources need not have templates of them.
    const { code }: { readonly code: number } = JSON.parse(reply.json);
    if (code === METHOD_NOT_FOUND) return JSON.stringify({ [member]: [] });
    throw new Failure('upstream_invalid', 'The server refused to list.');
  }
}
