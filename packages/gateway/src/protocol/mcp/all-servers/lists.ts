import { failureOf, type JsonObject, type ListKind } from '@bailiff/contract';
import { checkWholeList, LIST_MEMBERS, type Visible, visibleEntries } from '../actions/lists.ts';
import type { Reply, RequestContext } from '../request-context.ts';
import { LIST_PATIENCE_MS, listSoon } from '../servers/patience.ts';
import type { AllServers, Asked } from './all-servers.ts';
import { decisionIdsOf } from './decision-ids.ts';
import { renamedEntry } from './renamed.ts';

/** Where a list says which servers it lacks because they could not be asked. */
export const LEFT_OUT_META_KEY = 'bailiff/left_out';

/** A server’s part in the list. One that could not be asked is decided about like the others: who may know of it is told. */
type Part = Asked<Visible> & { readonly isMissing: boolean };

/**
 * All servers’ lists as one, in the order in which the servers are configured: of each what its own route would show, decided and
 * recorded for itself. What could not be asked or decided is left out; where that is everything, it is told why.
 */
export async function listOfAll(kind: ListKind, all: AllServers, context: RequestContext): Promise<Reply> {
  const { signal } = context;
  checkWholeList(context.params);
  const decisionIdOf = decisionIdsOf(context);
  const listed = await all.ask(all.members, signal, ({ server }) =>
    listSoon(server, kind, { signal, patienceMs: LIST_PATIENCE_MS }),
  );
  const isAny = listed.some((one) => 'value' in one);
  const parts = await Promise.all(
    listed.map(async (one): Promise<Part> => {
      const isMissing = 'failure' in one;
      if (isMissing && !isAny) return { ...one, isMissing };
      const { name: serverName, server } = one;
      const entries = isMissing ? [] : one.value;
      const member = { name: serverName, server };
      try {
        const at = { ...context, server, serverName, decisionId: decisionIdOf() };
        const value = await visibleEntries(entries, kind, at);
        return isMissing && value.kind === 'visible'
          ? { ...one, isMissing }
          : { ...member, value, isMissing };
      } catch (thrown) {
        signal.throwIfAborted();
        const failure = failureOf(thrown);
        all.leftOut(member, failure);
        return { ...member, failure, isMissing: false };
      }
    }),
  );
  return unitedReply(kind, parts);
}

function unitedReply(kind: ListKind, parts: readonly Part[]): Reply {
  const lists = parts.flatMap((one) =>
    'value' in one && one.value.kind === 'visible' ? [{ name: one.name, entries: one.value.entries }] : [],
  );
  if (lists.length === 0) return refusedEverywhere(parts);
  const texts = lists.flatMap(({ name, entries }) => entries.map((entry) => renamedEntry(entry, kind, name)));
  const meta = metaOf(parts);
  const said = meta === undefined ? '' : `,"_meta":${JSON.stringify(meta)}`;
  return { member: 'result', json: `{"${LIST_MEMBERS[kind]}":[${texts.join(',')}]${said}}` };
}

/** What the list lacks, for whoever may know of it. */
function metaOf(parts: readonly Part[]): JsonObject | undefined {
  const missing = parts.flatMap((one) =>
    one.isMissing && 'failure' in one ? [{ server: one.name, failure: one.failure.code }] : [],
  );
  return missing.length === 0 ? undefined : { [LEFT_OUT_META_KEY]: missing };
}

/** @throws Failure why the first server has no list, where none was refused. */
function refusedEverywhere(parts: readonly Part[]): Reply {
  for (const one of parts) if ('value' in one && one.value.kind === 'refused') return one.value.reply;
  for (const one of parts) if ('failure' in one) throw one.failure;
  return { member: 'result', json: '{}' };
}
