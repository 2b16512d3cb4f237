import type { JsonObject, ServerDescription } from '@bailiff/contract';
import { claimOf } from '../client/claims.ts';
import { refusalError } from '../refusal.ts';
import { callFacts, type Reply, type RequestContext } from '../request-context.ts';

/** Who asks to open a conversation, where, and with what it is decided. */
export type Opening = Pick<
  RequestContext,
  'ports' | 'server' | 'serverName' | 'principal' | 'client' | 'decisionId' | 'signal'
>;

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
