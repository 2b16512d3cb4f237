import { Failure, failureOf, type JsonObject } from '@bailiff/contract';
import { checkParams } from '../actions/targets/names.ts';
import type { Reply, RequestContext } from '../request-context.ts';
import { describeSoon, LIST_PATIENCE_MS } from '../servers/patience.ts';
import { listTasks, runsTasks, type TaskOwners } from '../session/tasks.ts';
import type { AllServers, Member } from './all-servers.ts';
import { decisionIdsOf } from './decision-ids.ts';
import { ownNameOf, prefixedName } from './names.ts';
import { renamedReply } from './renamed.ts';

/**
 * `tasks/list` of all servers: each of its pages is one of one server, and the cursor says of which. Servers that cannot be asked are
 * left out; where none lists anything, the first refusal says why. @throws Failure `method_refused` where no server runs tasks.
 */
export async function listTasksOfAll(
  all: AllServers,
  context: RequestContext,
  owners: TaskOwners,
): Promise<Reply> {
  checkParams('tasks/list', context.params, ['cursor']);
  const { members, cursor } = remainingOf(all, context.params);
  const decisionIdOf = decisionIdsOf(context);
  let refused: Reply | undefined;
  for (const [index, member] of members.entries()) {
    const params = index === 0 && cursor !== '' ? { cursor } : {};
    const at = { ...context, server: member.server, serverName: member.name, params };
    try {
      const { signal } = context;
      await describeSoon(member.server, { signal, patienceMs: LIST_PATIENCE_MS });
      if (!(await runsTasks(at))) continue;
      const reply = await listTasks({ ...at, decisionId: decisionIdOf() }, owners);
      if (reply.member === 'error') {
        refused ??= reply;
        continue;
      }
      return withCursor(renamedReply(reply, member.name), member, members[index + 1]);
    } catch (thrown) {
      context.signal.throwIfAborted();
      all.leftOut(member, failureOf(thrown));
    }
  }
  if (refused !== undefined) return refused;
  if (context.params.cursor === undefined) throw new Failure('method_refused');
  return { member: 'result', json: '{"tasks":[]}' };
}

/** @throws Failure `invalid_params`. */
function remainingOf(
  { members }: AllServers,
  { cursor }: JsonObject,
): { readonly members: readonly Member[]; readonly cursor: string } {
  if (cursor === undefined) return { members, cursor: '' };
  const { serverName, own } = ownNameOf(typeof cursor === 'string' ? cursor : '');
  const index = members.findIndex(({ name }) => name === serverName);
  if (index === -1) throw new Failure('invalid_params', 'The cursor is not one that was given out.');
  return { members: members.slice(index), cursor: own };
}

function withCursor(reply: Reply, { name }: Member, next: Member | undefined): Reply {
  const { nextCursor: own, ...result }: JsonObject = JSON.parse(reply.json);
  const after = next === undefined ? {} : { nextCursor: prefixedName(next.name, '') };
  const more = typeof own === 'string' && own !== '' ? { nextCursor: prefixedName(name, own) } : after;
  return { ...reply, json: JSON.stringify({ ...result, ...more }) };
}
