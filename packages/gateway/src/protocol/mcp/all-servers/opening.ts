import { type Admitted, type Opening, refusedOpening } from '../actions/opening.ts';
import type { AllServers } from './all-servers.ts';
import { decisionIdsOf } from './decision-ids.ts';

/** At which servers policy lets the principal open: decided and recorded for each. @throws Failure when nothing could be decided. */
export async function admitToAll(all: AllServers, opening: Opening): Promise<Admitted> {
  const decisionIdOf = decisionIdsOf(opening);
  const asked = await all.each(all.members, opening.signal, ({ name, server }) =>
    refusedOpening({ ...opening, server, serverName: name, decisionId: decisionIdOf() }),
  );
  const members = asked.filter((one) => 'value' in one && one.value === undefined);
  const refusals = asked.flatMap((one) => ('value' in one && one.value !== undefined ? [one.value] : []));
  const [refusal] = refusals;
  if (members.length === 0) {
    if (refusal !== undefined) return { kind: 'refused', reply: refusal };
    for (const one of asked) if ('failure' in one) throw one.failure;
  }
  return { kind: 'admitted', server: all.only(members) };
}
