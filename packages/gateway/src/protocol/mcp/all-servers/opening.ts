import type { ServerDescription } from '@bailiff/contract';
import { type Opening, refusedOpening } from '../actions/opening.ts';
import type { McpServer } from '../ports.ts';
import type { Reply } from '../request-context.ts';
import { AllServers, type Member } from './all-servers.ts';
import { decisionIdsOf } from './decision-ids.ts';

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
export async function openAnywhere(opening: Opening): Promise<Opened> {
  const admitted = await admittedAnywhere(opening);
  if (admitted.kind === 'refused') return admitted;
  const { server } = admitted;
  return { kind: 'opened', server, description: await server.describe(opening.signal) };
}

/** What a principal is admitted to where it asked. @throws Failure as `governOpening`. */
export async function admittedAnywhere(opening: Opening): Promise<Admitted> {
  const { server } = opening;
  if (server instanceof AllServers) {
    const { members, refusal } = await admittedTo(server, opening);
    if (members.length === 0 && refusal !== undefined) return { kind: 'refused', reply: refusal };
    return { kind: 'admitted', server: server.only(members) };
  }
  const reply = await refusedOpening(opening);
  return reply === undefined ? { kind: 'admitted', server } : { kind: 'refused', reply };
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
