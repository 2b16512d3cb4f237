import type { Call, JsonObject, Principal, ServerReply } from '@bailiff/contract';
import type { McpPorts, McpServer } from './ports.ts';
import type { McpSession } from './sessions.ts';

/** What a handler of one method needs: who asks, where, and for what. */
export interface RequestContext {
  readonly ports: McpPorts;
  readonly server: McpServer;
  /** Verified for this very request: what its session was opened with may say less of it, or more. */
  readonly principal: Principal;
  readonly session: McpSession;
  readonly decisionId: string;
  readonly params: JsonObject;
  readonly signal: AbortSignal;
}

/** A handler’s answer, and the HTTP status that goes with it: 200 unless it says otherwise. */
export type Reply = ServerReply & { readonly status?: number };

/** The part of a call that its credential, session and server give, whatever the method. */
export function callFacts({
  session,
  principal,
  decisionId,
}: Pick<RequestContext, 'principal' | 'decisionId'> & { readonly session: Omit<McpSession, 'running'> }) {
  return {
    decisionId,
    principal,
    server: session.server,
    model: '',
    subagent: '',
    session: {
      protocol: `mcp/${session.protocolVersion}`,
      transport: 'http',
      client_name: session.clientName,
      client_version: session.clientVersion,
      auth_method: principal.authMethod,
    },
    conversationKey: session.id,
  } as const satisfies Partial<Call>;
}

/**
 * The one serialisation of a request: what is decided about, recorded and forwarded. Its id is the decision’s, so that no
 * two clients’ requests can be taken for each other. The client’s `_meta` is not among the parameters: neither policy nor
 * the record sees it, so a server that obeys something in it would do what was not decided about.
 */
export function forwardBytes(decisionId: string, method: string, params: JsonObject): Uint8Array {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: decisionId, method, params }));
}
