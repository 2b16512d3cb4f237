import type { Input } from '@bailiff/contract';
import { undecided } from './read-evaluation.ts';

/** What of the input says which bundles speak for a call. */
type Asked = Pick<Input, 'agent' | 'action'>;

/**
 * Why nothing may be decided: a bundle that speaks for the call counts as missing, because nobody knows any more whether it is
 * current. Undefined where none of them does.
 */
export function withheldFrom({ agent, action }: Asked, withheld: ReadonlySet<string> | undefined) {
  if (withheld === undefined || withheld.size === 0) return undefined;
  const subjects = [...withheld].filter((name) => {
    const [kind, subject, part] = name.split('/');
    if (subject === undefined) return true; // a category speaks for every call
    if (part !== undefined) return subject === agent.owner_team;
    return subject === (kind === 'servers' ? action.server : action.subagent);
  });
  if (subjects.length === 0) return undefined;
  const named = subjects.map((name) => `bundle_missing ${name}`);
  return undecided('policy_unavailable', { subjects: named, retryable: true, engine: 'none' });
}
