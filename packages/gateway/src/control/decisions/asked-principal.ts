import type { DecisionRequest, Principal } from '@bailiff/contract';
import type { Fault } from '../fault.ts';

/** Whom a decision is about, or why the credential may not ask about them. */
export type AskedPrincipal =
  | { readonly principal: Principal }
  | { readonly forbidden: readonly [Fault, ...Fault[]] };

/**
 * Agent and user come from the credential. A document that names others needs the permission `decide_for`; the principal
 * that it then gives has no permissions, belongs to no conversation, and keeps the asker’s credential, so that the record
 * says who asked. An agent other than the credential’s acts for nobody unless the document names a user.
 */
export function askedPrincipal(
  document: DecisionRequest,
  asker: Principal,
  simulated: boolean,
): AskedPrincipal {
  const differing = differences(document, asker, simulated);
  const [first, ...others] = differing;
  if (first === undefined) return { principal: asker };
  if (!asker.permissions.has('decide_for')) return { forbidden: [first, ...others] };
  const { agent, user } = document;
  const sameAgent = agent?.id === undefined || agent.id === asker.agentId;
  return {
    principal: {
      ...asker,
      agentId: agent?.id ?? asker.agentId,
      agentVersion: agent?.version ?? (sameAgent ? asker.agentVersion : 'unknown'),
      chain: agent?.chain ?? (sameAgent ? asker.chain : []),
      userId: user?.id ?? (sameAgent ? asker.userId : ''),
      permissions: new Set(),
      conversation: '',
    },
  };
}

/** What the document says of agent and user that the credential does not. A simulation may vary all but the ids. */
function differences({ agent, user }: DecisionRequest, asker: Principal, simulated: boolean): Fault[] {
  const faults: Fault[] = [];
  const differs = (path: string): void => {
    faults.push({
      path,
      problem: 'is not what the credential says',
      mend: 'Leave it out, or ask with a credential that has the permission decide_for.',
    });
  };
  if (agent?.id !== undefined && agent.id !== asker.agentId) differs('agent.id');
  if (user?.id !== undefined && user.id !== asker.userId) differs('user.id');
  if (simulated) return faults;
  if (agent?.version !== undefined && agent.version !== asker.agentVersion) differs('agent.version');
  if (agent?.chain !== undefined && agent.chain.join('\0') !== asker.chain.join('\0')) differs('agent.chain');
  return faults;
}
