import { type CallContext, type Decision, type Denial, Failure } from '@bailiff/contract';
import type { Decide } from '../decision/decide.ts';
import type { Releases } from '../decision/engine.ts';
import { principalRefusal } from '../decision/refusal/principal-refusal.ts';
import type { Disclosure } from '../protocol/mcp/ports.ts';

/** How much of a denial its caller may learn; a failure where that could not be decided, so that nothing is told. */
export type Verdict = Disclosure | Failure;

/** Types of action whose targets clients see in lists that policy filters. */
const LISTED: ReadonlySet<string> = new Set([
  'tool_call',
  'subagent_call',
  'resource_read',
  'resource_subscribe',
  'prompt_get',
  'completion',
]);

/** Whether a denial may have to hide that its target exists: only clients of MCP learn of targets from filtered lists. */
export function mayHide({ call }: CallContext): boolean {
  return LISTED.has(call.type) && call.session.protocol.startsWith('mcp/');
}

/** Works out, once, what the caller may learn of a denial. Never rejects. */
export async function verdictOn(
  denial: Denial,
  described: CallContext,
  {
    decider,
    releases,
    signal,
  }: {
    readonly decider: Pick<Decide, 'visibility'>;
    readonly releases: Releases;
    readonly signal: AbortSignal;
  },
): Promise<Verdict> {
  // What could not be decided is refused alike whatever the tool, so that saying it tells nothing of any tool.
  if (denial.metadata.engine === 'none') return { kind: 'principal', answer: denial };
  const release = releases.accepts(denial.metadata.policy_version);
  if (release === undefined) return new Failure('policy_unavailable');
  const refused = principalRefusal(denial, release);
  if (refused !== undefined) return { kind: 'principal', answer: refused };
  switch (await decider.visibility(described, signal)) {
    case 'visible':
      return { kind: 'shown' };
    case 'hidden':
      return { kind: 'hidden' };
    case 'undecided':
      return new Failure('policy_unavailable');
  }
}

/** The same as it is recorded: what is not known to be visible is hidden. */
export function recordedVerdict(verdict: Verdict): NonNullable<Decision['disclosure']> {
  return verdict instanceof Failure ? 'hidden' : verdict.kind;
}
