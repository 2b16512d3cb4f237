import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type {
  Answer,
  Call,
  Conversation,
  Denial,
  Failure,
  Governed,
  ListCall,
  ListDecision,
  Listening,
  ListKind,
  Principal,
  Refusal,
  ServerDescription,
  ServerNotification,
  ServerReply,
  Subscription,
} from '@bailiff/contract';
import type { Allowlists } from '../http/request-gate.ts';
import type { Front } from './servers/front.ts';

/** One entry of a server’s list. */
export interface ListedEntry {
  /** A tool’s name, a resource’s URI or a template’s. */
  readonly id: string;
  /** The entry exactly as the server wrote it. */
  readonly json: string;
  /** Whether clients check the tool’s structured results against a schema of its own. */
  readonly hasOutputSchema: boolean;
}

/** A server behind the gateway, as far as its clients’ questions about it go. Calls reach it through `govern`. */
export interface McpServer {
  /** @throws Failure `upstream_*` when the server cannot be reached or understood. */
  describe(signal: AbortSignal): Promise<ServerDescription>;
  /** All pages of a list, at most 2,000 entries, ids unique. @throws Failure `upstream_*`. */
  list(kind: ListKind, signal: AbortSignal): Promise<readonly ListedEntry[]>;
  /** The tool of exactly this name; undefined when the server has none. @throws Failure `upstream_*`. */
  findTool(name: string, signal: AbortSignal): Promise<ListedEntry | undefined>;
  /** Hears what the server announces by itself: changes of lists, resources and log messages. @throws Failure `upstream_*`. */
  listen(
    conversation: Conversation,
    wanted: Subscription,
    heard: (notification: ServerNotification) => void,
  ): Promise<Listening>;
  /** The conversation is over: what is kept for it at the server may be let go. */
  endConversation(conversationKey: string): void;
  /** What several servers behind one name do otherwise; left out for one. */
  readonly front?: Front;
}

/**
 * How much of a denial its caller may learn. `shown`: policy lets the caller see the target in lists. `hidden`: it does
 * not, so the call is answered as if there were no such tool or resource. `principal`: the caller is refused as such,
 * whatever the target; `answer` then holds nothing but that, and is the same for every target, existing or not.
 */
export type Disclosure =
  | { readonly kind: 'shown' }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'principal'; readonly answer: Denial };

export interface McpLimits {
  readonly bodyBytesMax: number;
  readonly bodyTimeoutMs: number;
  readonly depthMax: number;
  /** Requests under way at once. */
  readonly inFlightMax: number;
  /** Open sessions together; one principal holds at most an eighth of them. */
  readonly sessionsMax: number;
  readonly sessionIdleMs: number;
  /** How long a call outlives a stream of its that was cut, so that its client can resume it. */
  readonly resumeMs: number;
}

/** The servers that there are at this moment, by name. */
export type McpServers = Pick<
  ReadonlyMap<string, McpServer>,
  'get' | 'has' | 'size' | typeof Symbol.iterator
>;

/** What the MCP endpoint needs of the rest of the gateway. */
export interface McpPorts extends Allowlists {
  /** May have others from one request to the next. */
  readonly servers: McpServers;
  /**
   * `path` is the part of the gateway that is called, as `/mcp/crm`: credentials may be for that alone.
   * @throws Failure `unauthenticated` for anything but one valid credential; `insufficient_scope`.
   */
  authenticate(headers: IncomingHttpHeaders, path: string): Promise<Principal>;
  /** What a refused request is told of how to be let in (`WWW-Authenticate`); undefined where no credential would help. */
  challenge?(request: IncomingMessage, failure: Failure, path: string): string | undefined;
  /** One call’s way through the gateway. @throws Failure when it could not be decided or recorded. */
  govern(call: Call, signal: AbortSignal): Promise<Governed<ServerReply>>;
  /** Which candidates the caller may see; recorded. @throws Failure when it could not be decided or recorded. */
  governList(call: ListCall, signal: AbortSignal): Promise<ListDecision>;
  /** Whether the caller may open a session; recorded. `candidates` is empty. @throws Failure as `governList` does. */
  governOpening(call: ListCall, signal: AbortSignal): Promise<ListDecision>;
  /** Asked only about denied tool calls and resource reads. @throws Failure when it could not be decided: then nothing is disclosed. */
  disclose(call: Call, denial: Denial, signal: AbortSignal): Promise<Disclosure>;
  /** Resolves whether or not it could be written: the request is refused either way. */
  recordRefusal(refusal: Refusal): Promise<void>;
  /** A failure that is ours or an upstream’s, for the log. */
  report(failure: Failure): void;
  /** That a server is missing among all servers from now on, or is there again, for the log. */
  noted(level: 'info' | 'warn', server: string, message: string): void;
  newDecisionId(): string;
  /** Names the active release; empty when none is. Sessions are bound to it. */
  release(): string;
  /** Milliseconds that never go backwards; sessions expire by it. */
  monotonicMs(): number;
  readonly limits: McpLimits;
}

/** The endpoint of all `/mcp/<server>` routes. */
export interface McpEndpoint extends AsyncDisposable {
  /** Answers one HTTP request, exactly once. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse, server: string): Promise<void>;
  /** Sessions that are open, expired ones that were not swept yet included. */
  readonly sessions: number;
}

export type RefusedAnswer = Exclude<Answer, { outcome: 'allow' }>;
