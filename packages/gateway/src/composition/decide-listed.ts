import type { CallContext, Denial, ListCall, ListContext, ListDecision, Release } from '@bailiff/contract';
import type { Decide } from '../decision/decide.ts';
import type { Releases } from '../decision/engine.ts';
import { principalRefusal } from '../decision/refusal/principal-refusal.ts';

interface ListedPorts {
  readonly decider: Pick<Decide, 'decide' | 'decideList'>;
  readonly releases: Releases;
}

/**
 * Which entries of a list are shown. Where none is, a principal that policy refuses as such, whatever it would call, is refused with
 * the reason: an empty list would not tell it from one to whom nothing is granted. A session is opened like a list that asks for
 * no entry; everything else is decided with each call and list.
 */
export async function decideListed(
  described: ListContext,
  { decider, releases }: ListedPorts,
  signal: AbortSignal,
): Promise<ListDecision> {
  const listed = await decider.decideList(described, signal);
  if (listed.answer.outcome !== 'allow' || listed.visible.length > 0) return listed;
  const decision = await decider.decide(anyCallOf(described), signal);
  const { answer } = decision;
  if (answer.outcome !== 'deny') return listed;
  if (answer.metadata.engine === 'none') return { ...decision, visible: [] };
  const release = releases.accepts(answer.metadata.policy_version);
  const refused = release === undefined ? undefined : principalRefusal(answer, release);
  if (refused === undefined || release === undefined || mayBeLifted(refused, release)) return listed;
  return { ...decision, answer: refused, disclosure: 'principal', visible: [] };
}

/** A call of whatever the server has. Nothing is counted for it, and nothing is forwarded. */
function anyCallOf({ call, input, ...described }: ListContext): CallContext {
  const { candidates: _listed, ...list }: ListCall = call;
  const { candidates: _decided, ...asked } = input;
  return {
    ...described,
    call: { ...list, args: {}, bytes: undefined, given: undefined },
    input: { ...asked, action: { ...asked.action, phase: 'request' } },
  };
}

/** An override may lift an objection for one tool only: then the session opens, and each call is decided by itself. */
function mayBeLifted({ metadata }: Denial, { data, rules }: Release): boolean {
  if (metadata.resolution !== 3) return false;
  const lifted = new Set(data.overrides.flatMap(({ lifts }) => lifts));
  return metadata.matched_rules.every((rule) => lifted.has(rule) && rules.get(rule)?.overridable === true);
}
