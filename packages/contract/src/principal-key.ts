import type { Principal } from './call.ts';

/**
 * Equal for two principals exactly if what one was given the other may have: who acts for whom, as what, by whose delegation and in
 * which conversation. Credentials may be renewed meanwhile. For comparing and keying, never for showing.
 */
export function principalKey(principal: Principal): string {
  const { issuer, agentId, agentVersion, userId, authMethod, conversation, chain } = principal;
  return JSON.stringify([issuer, agentId, agentVersion, userId, authMethod, conversation, chain]);
}

/**
 * Who is counted together where places are bounded: less than what tells principals apart, because an agent may hold credentials
 * of many versions and conversations.
 */
export function holderKey({ issuer, agentId, userId }: Principal): string {
  return JSON.stringify([issuer, agentId, userId]);
}

/** The key under which a server is spoken to for a client that keeps no session of its own. */
export function ownConversationKey(principal: Principal): string {
  return `principal:${principalKey(principal)}`;
}
