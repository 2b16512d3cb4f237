import type { JsonObject, ServerDescription } from '@bailiff/contract';
import { claimOf } from '../client/claims.ts';
import type { McpServer } from '../ports.ts';
import { refusalError } from '../refusal.ts';
import { callFacts, type Reply, type RequestContext } from '../request-context.ts';

/** Who asks to open a conversation, where, and with what it is decided. */
export type Opening = Pick<
  RequestContext,
  'ports' | 'server' | 'serverName' | 'principal' | 'client' | 'decisionId' | 'signal'
>;

/** Whether a principal may open a conversation where it asked. */
export type Admitted =
  | { readonly kind: 'refused'; readonly reply: Reply }
  | {
      readonly kind: 'admitted';
      /** The server, or all servers less those at which the principal is refused: of these it may hear. */
      readonly server: McpServer;
    };

/** What becomes of asking to open a conversation with one server, or with all. */
export type Opened =
  | Extract<Admitted, { kind: 'refused' }>
  | {
      readonly kind: 'opened';
      /** What there is for this principal: nothing of servers at which it is refused. */
      readonly server: McpServer;
      readonly description: ServerDescription;
    };

/** Asks policy, then the server. @throws Failure what `governOpening` throws, or `upstream_*` when no server can be asked. */
export async function open(opening: Opening): Promise<Opened> {
  const admitted = await admit(opening);
  if (admitted.kind === 'refused') return admitted;
  const { server } = admitted;
  return { kind: 'opened', server, description: await server.describe(opening.signal) };
}

/** What a principal is admitted to where it asked. @throws Failure as `governOpening`. */
export async function admit(opening: Opening): Promise<Admitted> {
  const { server } = opening;
  if (server.front !== undefined) return server.front.admit(opening);
  const reply = await refusedOpening(opening);
  return reply === undefined ? { kind: 'admitted', server } : { kind: 'refused', reply };
}

/**
 * The refusal of a principal that policy refuses as such, which opens nothing and learns nothing of the server; undefined when it
 * may go on. @throws Failure as `governOpening` does.
 */
export async function refusedOpening(opening: Opening): Promise<Reply | undefined> {
  const { ports, serverName, signal } = opening;
  const { answer } = await ports.governOpening(
    {
      ...callFacts(opening),
      type: 'tool_call',
      target: { kind: 'tool', id: `${serverName}.*` },
      toolName: '',
      candidates: [],
    },
    signal,
  );
  return answer.outcome === 'allow' ? undefined : refusalError(answer);
}

/** Of free text from the server only its names pass: instructions and descriptions tell of tools that policy may hide. */
export function serverInfoOf({ serverInfo }: Pick<ServerDescription, 'serverInfo'>): JsonObject {
  const { name, version, title } = serverInfo;
  return {
    name: claimOf(name),
    version: claimOf(version),
    ...(typeof title === 'string' ? { title: claimOf(title) } : {}),
  };
}
