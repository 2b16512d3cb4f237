import {
  CHAIN_MAX,
  Failure,
  type IssuerConfiguration,
  PERMISSIONS,
  type Permission,
  type Principal,
} from '@bailiff/contract';
import type { z } from 'zod';

/** Which claim holds what. A name that begins with `/` is a JSON Pointer (RFC 6901) into nested claims. */
export type ClaimNames = z.infer<typeof IssuerConfiguration>['claims'];

/** Longest name of an agent, a user, a version or a conversation that a token may carry, in characters. */
const NAME_CHARACTERS_MAX = 256;

/** Characters that make two names look alike, or that steer a terminal. */
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|^\s|\s$/u;

const KNOWN_PERMISSIONS: ReadonlySet<string> = new Set(PERMISSIONS);

/**
 * The principal that verified claims name. The agent must be there; a user that is absent means that the agent acts for
 * nobody, but one that is empty or no text is refused, since it was meant to name someone. Permissions are an array, or one
 * text with blanks between them; those that are not ours are passed over.
 * @throws Failure `unauthenticated`
 */
export function principalOfClaims(
  claims: Readonly<Record<string, unknown>>,
  names: ClaimNames,
  credential: { readonly issuer: string; readonly tokenDigest: string },
): Principal {
  const agentId = nameIn(claims, names.agent, 'agent');
  if (agentId === undefined)
    throw new Failure('unauthenticated', `The token has no claim ${names.agent}, which names the agent.`);
  const { jti } = claims;
  return {
    agentId,
    agentVersion: nameIn(claims, names.agent_version, 'version of the agent') ?? 'unknown',
    chain: chainIn(claims, names.chain),
    userId: nameIn(claims, names.user, 'user') ?? '',
    authMethod: 'jwt',
    credentialId: isName(jti) ? jti : `sha256:${credential.tokenDigest.slice(0, 32)}`,
    issuer: credential.issuer,
    permissions: permissionsIn(claims, names.permissions),
    conversation: nameIn(claims, names.conversation, 'conversation') ?? '',
  };
}

/** The claim of that name. Own keys only: a claim called `constructor` is absent unless the issuer wrote it. */
function claimIn(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  const steps = name.startsWith('/')
    ? name
        .slice(1)
        .split('/')
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    : [name];
  let found: unknown = claims;
  for (const step of steps) {
    if (typeof found !== 'object' || found === null || Array.isArray(found) || !Object.hasOwn(found, step))
      return undefined;
    found = (found as Readonly<Record<string, unknown>>)[step];
  }
  return found;
}

function isName(value: unknown): value is string {
  return (
    typeof value === 'string' && value !== '' && value.length <= NAME_CHARACTERS_MAX && !DECEPTIVE.test(value)
  );
}

function nameIn(claims: Readonly<Record<string, unknown>>, name: string, what: string): string | undefined {
  const value = claimIn(claims, name);
  if (value === undefined) return undefined;
  if (!isName(value))
    throw new Failure('unauthenticated', `The token does not name the ${what} in a usable way.`);
  return value;
}

function chainIn(claims: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const value = claimIn(claims, name);
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > CHAIN_MAX || !value.every(isName))
    throw new Failure('unauthenticated', 'The token does not name the delegating agents in a usable way.');
  return value;
}

function permissionsIn(claims: Readonly<Record<string, unknown>>, name: string): ReadonlySet<Permission> {
  const value = claimIn(claims, name);
  if (value === undefined) return new Set();
  const listed: unknown = typeof value === 'string' ? value.split(' ') : value;
  if (!Array.isArray(listed) || !listed.every((permission) => typeof permission === 'string'))
    throw new Failure('unauthenticated', 'The token does not name permissions in a usable way.');
  return new Set(listed.filter((permission): permission is Permission => KNOWN_PERMISSIONS.has(permission)));
}
