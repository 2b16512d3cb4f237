import { failureOf, type ListKind } from '@bailiff/contract';
import { checkWholeList, LIST_MEMBERS, listAction, type Visible, visibleEntries } from '../actions/lists.ts';
import type { Action, Reply, RequestContext } from '../request-context.ts';
import { AllServers, type Asked } from './all-servers.ts';
import { decisionIdsOf } from './decision-ids.ts';
import { renamedEntry } from './renamed.ts';

/** The action that answers one of the four lists, of one server or of all. */
export function listActionAnywhere(kind: ListKind): Action {
  const ofOne = listAction(kind);
  return (context) =>
    context.server instanceof AllServers ? listOfAll(kind, context.server, context) : ofOne(context);
}

/**
 * All servers’ lists as one, in the order in which the servers are configured: of each what its own route would show, decided and
 * recorded for itself. What could not be asked or decided is left out; where that is everything, it is told why.
 */
async function listOfAll(kind: ListKind, all: AllServers, context: RequestContext): Promise<Reply> {
  const { signal } = context;
  checkWholeList(context.params);
  const decisionIdOf = decisionIdsOf(context);
  const listed = await all.ask(all.members, signal, ({ server }, asking) => server.list(kind, asking));
  const shown = await Promise.all(
    listed.map(async (one): Promise<Asked<Visible>> => {
      if ('failure' in one) return one;
      const { name: serverName, server, value: entries } = one;
      try {
        const at = { ...context, server, serverName, decisionId: decisionIdOf() };
        return { ...one, value: await visibleEntries(entries, kind, at) };
      } catch (thrown) {
        signal.throwIfAborted();
        const failure = failureOf(thrown);
        all.leftOut(one, failure);
        return { ...one, failure };
      }
    }),
  );
  return unitedReply(kind, shown);
}

function unitedReply(kind: ListKind, shown: readonly Asked<Visible>[]): Reply {
  const lists = shown.flatMap((one) =>
    'value' in one && one.value.kind === 'visible' ? [{ name: one.name, entries: one.value.entries }] : [],
  );
  if (lists.length === 0) return refusedEverywhere(shown);
  const texts = lists.flatMap(({ name, entries }) => entries.map((entry) => renamedEntry(entry, kind, name)));
  return { member: 'result', json: `{"${LIST_MEMBERS[kind]}":[${texts.join(',')}]}` };
}

/** @throws Failure why the first server has no list, where none was refused. */
function refusedEverywhere(shown: readonly Asked<Visible>[]): Reply {
  for (const one of shown) if ('value' in one && one.value.kind === 'refused') return one.value.reply;
  for (const one of shown) if ('failure' in one) throw one.failure;
  return { member: 'result', json: '{}' };
}
