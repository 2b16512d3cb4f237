import type { ServerDescription } from '@bailiff/contract';
import { type Opening, refusedOpening } from '../actions/opening.ts';
import type { Reply } from '../request-context.ts';
import { AllServers, type Member } from './all-servers.ts';
import { decisionIdsOf } from './decision-ids.ts';

/** What becomes of asking to open a conversation with one server, or with all. */
export type Opened =
  | { readonly kind: 'refused'; readonly reply: Reply }
  | {
      readonly kind: 'opened';
      /** Says what there is for this principal: nothing of servers at which it is refused. */
      readonly description: ServerDescription;
    };

/** Asks policy, then the server. @throws Failure what `governOpening` throws, or `upstream_*` when no server can be asked. */
export async function openAnywhere(opening: Opening): Promise<Opened> {
  const { server, signal } = opening;
  if (server instanceof AllServers) {
    const { members, refusal } = await admittedTo(server, opening);
    if (members.length === 0 && refusal !== undefined) return { kind: 'refused', reply: refusal };
    return { kind: 'opened', description: await server.describeSome(members, signal) };
  }
  const refusal = await refusedOpening(opening);
  if (refusal !== undefined) return { kind: 'refused', reply: refusal };
  return { kind: 'opened', description: await server.describe(signal) };
}

/** The refusal of a principal that may open nothing where it asked; undefined when it may go on. @throws Failure as `governOpening`. */
export async function refusedAnywhere(opening: Opening): Promise<Reply | undefined> {
  const { server } = opening;
  if (!(server instanceof AllServers)) return refusedOpening(opening);
  const { members, refusal } = await admittedTo(server, opening);
  return members.length === 0 ? refusal : undefined;
}

/** At which servers policy lets the principal open: decided and recorded for each. @throws Failure when nothing could be decided. */
async function admittedTo(
  all: AllServers,
  opening: Opening,
): Promise<{ readonly members: readonly Member[]; readonly refusal: Reply | undefined }> {
  const decisionIdOf = decisionIdsOf(opening);
  const asked = await all.ask(all.members, opening.signal, ({ name, server }, signal) =>
    refusedOpening({ ...opening, server, serverName: name, decisionId: decisionIdOf(), signal }),
  );
  const members = asked.filter((one) => 'value' in one && one.value === undefined);
  const refusals = asked.flatMap((one) => ('value' in one && one.value !== undefined ? [one.value] : []));
  const [refusal] = refusals;
  if (members.length > 0 || refusal !== undefined) return { members, refusal };
  for (const one of asked) if ('failure' in one) throw one.failure;
  return { members, refusal };
}
