import type {
  Call,
  CallChannel,
  Failure,
  JsonObject,
  Principal,
  ServerDescription,
  ServerReply,
} from '@bailiff/contract';
import type { InputAnswers, InputRequired } from './input-required.ts';
import type { McpPorts, McpServer } from './ports.ts';

/** What is known of the client beyond its credential: its own claims, but for the transport and the key. */
export interface ClientFacts {
  /** The revision that the client speaks. */
  readonly protocolVersion: string;
  readonly transport: 'http' | 'stdio';
  readonly clientName: string;
  readonly clientVersion: string;
  /** What tells this conversation from the principal’s others; empty when the client keeps none. */
  readonly conversationKey: string;
}

/** Who asks, where, and under which id it is decided. */
export interface Asker {
  readonly ports: McpPorts;
  readonly server: McpServer;
  readonly serverName: string;
  /** Verified for this very request: what its session was opened with may say less of it, or more. */
  readonly principal: Principal;
  readonly client: ClientFacts;
}

/** What an action of one method needs: who asks, where, for what, and the way back while it is under way. */
export interface RequestContext extends Asker {
  readonly decisionId: string;
  readonly params: JsonObject;
  /** What the client’s `_meta` validly asked for. Nothing else of it goes any further. */
  readonly meta: RequestMeta;
  readonly signal: AbortSignal;
  /** Undefined where nothing can be said before the answer. */
  readonly channel: CallChannel | undefined;
  /** How the client wants a tool’s call to be run as a task, where its server does that. */
  readonly task?: JsonObject;
  /** How an allow is carried out where that is not sending the request to the server. */
  readonly carryOut?: Call['carryOut'];
  /** What stands against carrying out an allow, which the server may have to be asked for. Asked for after the decision. */
  readonly objection?: (signal: AbortSignal) => Promise<Failure | undefined>;
  /** What a server that says this of itself is told that the client takes, beside its capabilities. */
  readonly extensionsFor?: (description: ServerDescription) => JsonObject;
  /** What the client brings for questions that the server asked about the same request before. */
  readonly answers?: InputAnswers;
  /**
   * What is done about questions with which a stateless server interrupts a call: answers, with which the call is decided and made
   * anew, or what the client is told instead.
   */
  readonly inputRequired: (required: InputRequired, call: Call) => Promise<Continued>;
}

/** How it goes on after a server’s questions. */
export type Continued =
  | { readonly kind: 'answers'; readonly answers: InputAnswers }
  | { readonly kind: 'reply'; readonly reply: Reply };

export interface RequestMeta {
  readonly progressToken: string | number | undefined;
  /** The lowest level of log messages about this request that the client wants. */
  readonly logLevel: string | undefined;
}

/** A method’s way through the gateway. */
export type Action = (context: RequestContext) => Promise<Reply>;

/** An action’s answer, the HTTP status that goes with it (200 unless it says otherwise), and the failure it tells of. */
export type Reply = ServerReply & { readonly status?: number; readonly failure?: Failure };

/** The part of a call that its credential, client and server give, whatever the method. */
export function callFacts({
  client,
  serverName,
  principal,
  decisionId,
}: Pick<RequestContext, 'client' | 'serverName' | 'principal' | 'decisionId'>) {
  return {
    decisionId,
    principal,
    server: serverName,
    model: '',
    subagent: '',
    session: {
      protocol: `mcp/${client.protocolVersion}`,
      transport: client.transport,
      client_name: client.clientName,
      client_version: client.clientVersion,
      auth_method: principal.authMethod,
    },
    conversationKey: client.conversationKey,
  } as const satisfies Partial<Call>;
}
