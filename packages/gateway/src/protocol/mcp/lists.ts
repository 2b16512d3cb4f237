import { Failure, type ListCall, type ListKind, type ServerReply } from '@bailiff/contract';
import { refusalError } from './refusal.ts';
import { callFacts, type RequestContext } from './request-context.ts';

/** How each list is told apart on the wire and to policy. */
const LISTS = {
  tools: { member: 'tools', type: 'tool_call', targetKind: 'tool' },
  resources: { member: 'resources', type: 'resource_read', targetKind: 'resource' },
  resource_templates: { member: 'resourceTemplates', type: 'resource_read', targetKind: 'resource' },
} as const satisfies Record<ListKind, unknown>;

/**
 * A server’s list, cut down to what policy lets the caller see; each entry exactly as the server wrote it. All of the
 * server’s pages are one page here, so that one decision and one record speak for the whole list.
 */
export async function answerList(kind: ListKind, context: RequestContext): Promise<ServerReply> {
  const { ports, server, signal, session, params } = context;
  if (params.cursor !== undefined) {
    throw new Failure(
      'invalid_params',
      'The cursor is not one that was given out; lists have one page here.',
    );
  }
  const entries = await server.list(kind, signal);
  const { member, type, targetKind } = LISTS[kind];
  const idOf = (id: string) => (kind === 'tools' ? `${session.server}.${id}` : id);
  const call: ListCall = {
    ...callFacts(context),
    type,
    target: { kind: targetKind, id: idOf('*') },
    toolName: '',
    candidates: entries.map(({ id }) => ({
      target: { kind: targetKind, id: idOf(id) },
      tool_name: kind === 'tools' ? id : '',
    })),
  };
  const { answer, visible } = await ports.governList(call, signal);
  if (answer.outcome !== 'allow') return refusalError(answer);
  const shown = new Set(visible);
  const texts = entries.filter((_, index) => shown.has(index)).map(({ json }) => json);
  return { member: 'result', json: `{"${member}":[${texts.join(',')}]}` };
}
