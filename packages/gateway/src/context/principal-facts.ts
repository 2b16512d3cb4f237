import { type Agent, NO_USER, type Principal, type Release, type User } from '@bailiff/contract';
import { sortedSet } from './data-classes.ts';
import { ownEntry } from './target-facts.ts';

/** Stands where nobody said what something is. */
export const UNKNOWN = 'unknown';

/** What the credential says of the agent, and the directory of what it is for. */
export function agentOf(principal: Principal, release: Release | undefined): Agent {
  const registered = ownEntry(release?.directory.agents, principal.agentId);
  return {
    id: principal.agentId,
    scope: registered?.scope ?? UNKNOWN,
    owner_team: registered?.owner_team ?? UNKNOWN,
    version: principal.agentVersion,
    chain: [...principal.chain],
  };
}

/** What the directory says of the user. One that nobody registered keeps the id and has nothing that entitles. */
export function userOf({ userId }: Principal, release: Release | undefined): User {
  if (userId === '') return NO_USER;
  const registered = ownEntry(release?.directory.users, userId);
  return {
    id: userId,
    kind: registered?.kind ?? 'human',
    groups: sortedSet(registered?.groups ?? []),
    data_classifications_authorized: sortedSet(registered?.data_classifications_authorized ?? []),
  };
}
