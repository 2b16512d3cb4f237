import type { Input, Release } from '@bailiff/contract';
import { type Given, givenPaths } from './given-facts.ts';
import { UNKNOWN } from './principal-facts.ts';
import { ownEntry, type TargetFacts } from './target-facts.ts';

/** Fields of a conversation that a caller of the decision API knows better than the gateway. */
const CALLERS_OWN = [
  'action.estimated_tokens',
  'context.cumulative_tokens',
  'context.identical_calls',
  'context.recent_tools',
  'context.session_age_seconds',
  'context.tool_calls_in_a_row',
  'context.turn_count',
];

/**
 * Paths whose value stands for one that nobody gave: what is not registered, listed or configured, and for the decision API
 * what its caller left out. Sorted.
 */
export function defaultedPaths(
  { agent, user, action, environment }: Input,
  about: {
    readonly release: Release | undefined;
    readonly facts: TargetFacts;
    /** Undefined outside the decision API. */
    readonly given: Given | undefined;
  },
): readonly string[] {
  const { release, facts, given } = about;
  const isRegistered = ownEntry(release?.directory.users, user.id) !== undefined;
  const paths = [
    ...(agent.scope === UNKNOWN ? ['agent.scope', 'agent.owner_team'] : []),
    ...(agent.version === UNKNOWN ? ['agent.version'] : []),
    ...(user.id === '' || isRegistered
      ? []
      : ['user.kind', 'user.groups', 'user.data_classifications_authorized']),
    ...(facts.isListed ? [] : ['action.effects', 'action.blast_radius']),
    ...(action.provider === UNKNOWN ? ['action.provider'] : []),
    ...(action.region === UNKNOWN ? ['action.region'] : []),
    ...(environment.region === UNKNOWN ? ['environment.region'] : []),
    ...(given === undefined ? [] : CALLERS_OWN),
  ];
  const known = given === undefined ? new Set<string>() : givenPaths(given);
  return paths.filter((path) => !known.has(path)).sort();
}
