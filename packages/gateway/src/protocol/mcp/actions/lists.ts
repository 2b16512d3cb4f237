import { AGENTS_SERVER, Failure, type JsonObject, type ListCall, type ListKind } from '@bailiff/contract';
import type { ListedEntry } from '../ports.ts';
import { refusalError } from '../refusal.ts';
import { type Action, callFacts, type Reply, type RequestContext } from '../request-context.ts';
import { toolTarget } from './targets/tool-target.ts';

/** How each list is told apart on the wire and to policy. */
const LISTS = {
  tools: { member: 'tools', type: 'tool_call', targetKind: 'tool' },
  prompts: { member: 'prompts', type: 'prompt_get', targetKind: 'prompt' },
  resources: { member: 'resources', type: 'resource_read', targetKind: 'resource' },
  resource_templates: { member: 'resourceTemplates', type: 'resource_read', targetKind: 'resource' },
} as const satisfies Record<ListKind, unknown>;

/** The action that answers one of the four lists, of one server or of several behind one name. */
export function listAction(kind: ListKind): Action {
  return (context) => context.server.front?.answerList(kind, context) ?? answerList(kind, context);
}

/** Where the entries of each list stand in its answer. */
export const LIST_MEMBERS: Readonly<Record<ListKind, string>> = {
  tools: LISTS.tools.member,
  prompts: LISTS.prompts.member,
  resources: LISTS.resources.member,
  resource_templates: LISTS.resource_templates.member,
};

/** Those entries of a list that the caller may see, or the refusal of the caller as such. */
export type Visible =
  | { readonly kind: 'visible'; readonly entries: readonly ListedEntry[] }
  | { readonly kind: 'refused'; readonly reply: Reply };

/** Lists have one page here. @throws Failure `invalid_params` for a request for another. */
export function checkWholeList({ cursor }: JsonObject): void {
  if (cursor !== undefined) {
    throw new Failure(
      'invalid_params',
      'The cursor is not one that was given out; lists have one page here.',
    );
  }
}

/**
 * A server’s list, cut down to what policy lets the caller see; each entry exactly as the server wrote it. All of the
 * server’s pages are one page here, so that one decision and one record speak for the whole list.
 */
async function answerList(kind: ListKind, context: RequestContext): Promise<Reply> {
  const { server, signal, params } = context;
  checkWholeList(params);
  const visible = await visibleEntries(await server.list(kind, signal), kind, context);
  if (visible.kind === 'refused') return visible.reply;
  const texts = visible.entries.map(({ json }) => json);
  return { member: 'result', json: `{"${LISTS[kind].member}":[${texts.join(',')}]}` };
}

/** Has policy decide which entries of a server’s list the caller may see. @throws Failure as `governList` does. */
export async function visibleEntries(
  entries: readonly ListedEntry[],
  kind: ListKind,
  context: RequestContext,
): Promise<Visible> {
  const { ports, serverName, signal } = context;
  const { type, targetKind } = LISTS[kind];
  const idOf = (id: string) => (targetKind === 'resource' ? id : `${serverName}.${id}`);
  const call: ListCall = {
    ...callFacts(context),
    type: kind === 'tools' && serverName === AGENTS_SERVER ? 'subagent_call' : type,
    target: { kind: targetKind, id: idOf('*') },
    toolName: '',
    candidates: entries.map(({ id }) => ({
      target: kind === 'tools' ? toolTarget(serverName, id).target : { kind: targetKind, id: idOf(id) },
      tool_name: kind === 'tools' ? id : '',
    })),
  };
  const { answer, visible } = await ports.governList(call, signal);
  if (answer.outcome !== 'allow') return { kind: 'refused', reply: refusalError(answer) };
  const shown = new Set(visible);
  return { kind: 'visible', entries: entries.filter((_, index) => shown.has(index)) };
}
