import type {
  CallChannel,
  Conversation,
  Json,
  Listening,
  ListKind,
  ServerDescription,
  ServerNotification,
  ServerReply,
  Subscription,
} from '@bailiff/contract';

/** A call on its way to a server. */
export interface UpstreamRequest {
  /** Unique among all requests of this gateway; the id within `bytes`. */
  readonly id: string;
  /** The whole JSON-RPC request in one line. Sent as it is. */
  readonly bytes: Uint8Array;
  /** Servers that keep state per session keep it per conversation; undefined for the gateway’s own questions. */
  readonly conversation: Conversation | undefined;
  /** The way back to the client; undefined where there is none. */
  readonly channel: CallChannel | undefined;
  /** How long the answer may take. Then the server is told that nobody waits any more. */
  readonly timeoutMs: number;
}

/** One entry of a server’s list. */
export interface UpstreamEntry {
  /** A tool’s name, a resource’s URI or a template’s. */
  readonly id: string;
  /** The entry exactly as the server wrote it. */
  readonly json: string;
  readonly hasOutputSchema: boolean;
  /** What the server declares of a tool’s arguments; undefined where it declares nothing. */
  readonly inputSchema: Json | undefined;
}

/** How a message reaches one server and its answer comes back, with the handshake that has to come first. */
export interface Transport extends AsyncDisposable {
  /** @throws Failure `upstream_unavailable`, `upstream_timeout` or `upstream_invalid`. */
  describe(signal: AbortSignal): Promise<ServerDescription>;
  /**
   * One request, one answer. On abort nothing is sent any more; what was sent already is cancelled at the server.
   * @throws Failure `upstream_unavailable`, `upstream_timeout`, `upstream_invalid`, `overloaded` or `client_gone`.
   */
  exchange(request: UpstreamRequest, signal: AbortSignal): Promise<ServerReply>;
  /** Hears what the server announces to a conversation by itself. @throws Failure `upstream_*`. */
  listen(
    conversation: Conversation,
    wanted: Subscription,
    heard: (notification: ServerNotification) => void,
  ): Promise<Listening>;
  endConversation(conversationKey: string): void;
  /** Which of the server’s processes speaks to a conversation; empty, as where it is left out, for the one that is asked for lists. */
  placeOf?(conversation: Conversation): string;
  /** Those of the server’s tools that can be called over this transport; all of them where it is left out. */
  usableTools?(tools: readonly UpstreamEntry[], signal: AbortSignal): Promise<readonly UpstreamEntry[]>;
}

/** What a transport tells its owner. */
export interface TransportEvents {
  /** The server sent a notification. One that it repeats may come once for several. */
  notified(method: string): void;
  /** A list of the server’s changed, told at once and as often as the server says it; `notified` follows. */
  listChanged(method: string): void;
  /** Resolves once the list of tools, by which calls are sent, is a new one; it is asked for at most once a second. */
  relist(): Promise<void>;
  /** For the log: what the server did that it should not, or said on its standard error. Never message contents. */
  log(level: 'info' | 'warn', message: string): void;
}

/** One MCP server behind the gateway. Calls to it may only come from `enforce`. */
export interface Upstream extends AsyncDisposable {
  readonly name: string;
  /** What the server said of itself. @throws Failure `upstream_*`. */
  describe(signal: AbortSignal): Promise<ServerDescription>;
  /** All pages of a list, at most 2,000 entries, ids unique; empty where the server has no such list. */
  list(kind: ListKind, signal: AbortSignal): Promise<readonly UpstreamEntry[]>;
  /** The tool of exactly this name; undefined when the server has none. @throws Failure `upstream_*`. */
  findTool(name: string, signal: AbortSignal): Promise<UpstreamEntry | undefined>;
  /**
   * The same as the server lists it now where this conversation is spoken to: asked for again once a change was announced, and a
   * second after it was last asked for. Waits for that, since a server is asked no more than once a second. Without a conversation, as
   * it is listed to anybody.
   */
  findToolNow(
    name: string,
    conversation: Conversation | undefined,
    signal: AbortSignal,
  ): Promise<UpstreamEntry | undefined>;
  /** Sends a call and waits for its answer; see `Transport.exchange`. */
  forward(request: UpstreamRequest, signal: AbortSignal): Promise<ServerReply>;
  /** See `Transport.listen`. Changes of lists are announced to every conversation that listens. */
  listen(
    conversation: Conversation,
    wanted: Subscription,
    heard: (notification: ServerNotification) => void,
  ): Promise<Listening>;
  endConversation(conversationKey: string): void;
}

/** Bounds on what upstream servers may cost. */
export interface UpstreamLimits {
  /** Largest message that is taken from a server. */
  readonly resultBytesMax: number;
  /** Calls under way at one server. */
  readonly inFlightMax: number;
  /** For starting a server and for the handshake. */
  readonly startTimeoutMs: number;
  /** For the gateway’s own questions, such as lists. */
  readonly listTimeoutMs: number;
  /** How long a list is believed when the server announces no change. */
  readonly listTtlMs: number;
  /** Sessions kept at one server. */
  readonly sessionsMax: number;
}
