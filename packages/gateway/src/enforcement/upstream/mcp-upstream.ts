import { Failure, type ListKind, type ServerDescription, type ServerReply } from '@bailiff/contract';
import { LISTS, Listing } from './listing.ts';
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
  'notifications/resources/list_changed': ['resources', 'resource_templates'],
};

/** The key under which the gateway’s own session at a server is kept; no conversation has it. */
export const OWN_CONVERSATION = '';

const METHOD_NOT_FOUND = -32601;

export interface McpUpstreamOptions {
  readonly name: string;
  readonly limits: UpstreamLimits;
  openTransport(events: TransportEvents): Transport;
  log(level: 'info' | 'warn', message: string): void;
}

/** One MCP server over any transport: its lists, kept, and a bound on what is under way there. */
export class McpUpstream implements Upstream {
  readonly name: string;
  readonly #limits: UpstreamLimits;
  readonly #transport: Transport;
  readonly #listings: Readonly<Record<ListKind, Listing>>;
  readonly #ended = new AbortController();
  #inFlight = 0;
  #asked = 0;

  constructor({ name, limits, openTransport, log }: McpUpstreamOptions) {
    this.name = name;
    this.#limits = limits;
    const listing = (kind: ListKind) =>
      new Listing({ kind, ttlMs: limits.listTtlMs, fetchPage: (cursor) => this.#page(kind, cursor), log });
    this.#listings = {
      tools: listing('tools'),
      resources: listing('resources'),
      resource_templates: listing('resource_templates'),
    };
    const notified = (method: string) => {
      const kinds = Object.hasOwn(ANNOUNCED, method) ? ANNOUNCED[method] : undefined;
      for (const kind of kinds ?? []) this.#listings[kind].invalidate();
    };
    this.#transport = openTransport({ notified, log });
  }

  describe(signal: AbortSignal): Promise<ServerDescription> {
    return this.#transport.describe(signal);
  }

  async list(kind: ListKind, signal: AbortSignal): Promise<readonly UpstreamEntry[]> {
    const { capabilities } = await this.#transport.describe(signal);
    if (!(kind === 'tools' ? capabilities.tools : capabilities.resources)) return [];
    return untilAborted(this.#listings[kind].entries(), signal);
  }

  async findTool(name: string, signal: AbortSignal): Promise<UpstreamEntry | undefined> {
    const { capabilities } = await this.#transport.describe(signal);
    return capabilities.tools ? untilAborted(this.#listings.tools.find(name), signal) : undefined;
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
    }
  }

  endConversation(conversationKey: string): void {
    this.#transport.endConversation(conversationKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new Failure('upstream_unavailable', 'The gateway is stopping.'));
    await this.#transport[Symbol.asyncDispose]();
  }

  /** Lists are the gateway’s own question, so no caller’s leaving ends it. */
  async #page(kind: ListKind, cursor: string | undefined): Promise<string> {
    this.#asked += 1;
    const id = `bailiff-list-${this.#asked}`;
    const params = cursor === undefined ? {} : { cursor };
    const reply = await this.#transport.exchange(
      {
        id,
        bytes: Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method: LISTS[kind].method, params })),
        conversationKey: OWN_CONVERSATION,
        timeoutMs: this.#limits.listTimeoutMs,
      },
      this.#ended.signal,
    );
    if (reply.member === 'result') return reply.json;
    // Servers that have resources need not have templates of them.
    const { code }: { readonly code: number } = JSON.parse(reply.json);
    if (code === METHOD_NOT_FOUND) return JSON.stringify({ [LISTS[kind].member]: [] });
    throw new Failure('upstream_invalid', 'The server refused to list.');
  }
}
