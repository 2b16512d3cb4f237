import type { Configuration, Principal } from '@bailiff/contract';
import { type Authenticate, createAuthenticator } from '../context/authenticate.ts';
import { SubjectTokens } from '../context/credentials/subject-tokens.ts';
import type { Allowlists } from '../protocol/http/request-gate.ts';
import { createProtectedResource, type ProtectedResource } from '../protocol/http/resource-metadata.ts';

/** Who callers are, and the tokens they came in with. */
export interface Identity {
  readonly authenticate: Authenticate;
  /** Undefined where no server’s credential is exchanged for the caller’s: then no token is kept. */
  readonly subjectTokenOf: ((principal: Principal) => string | undefined) | undefined;
}

/** @throws Failure `configuration_invalid` for keys and issuers that nobody should rely on. */
export function identityOf(
  { identity, listen, servers, data_dir }: Configuration,
  { clock, signal }: { readonly clock: () => number; readonly signal: AbortSignal },
): Identity {
  const isExchanged = Object.values(servers).some(
    (server) =>
      server.transport === 'http' && server.credential?.from === 'oauth' && server.credential.exchange,
  );
  const subjectTokens = isExchanged ? new SubjectTokens() : undefined;
  const authenticate = createAuthenticator({
    identity,
    publicUrl: listen.public_url,
    subjectTokens,
    dataDirectory: data_dir,
    clock,
    fetch: globalThis.fetch,
    signal,
  });
  return {
    authenticate,
    subjectTokenOf: subjectTokens === undefined ? undefined : (principal) => subjectTokens.of(principal),
  };
}

/** What the gateway tells of how to be let in. */
export function protectedResourceOf(
  { identity, listen }: Configuration,
  { hosts, origins }: Allowlists,
): ProtectedResource {
  return createProtectedResource({
    hosts,
    origins,
    issuers: identity.issuers.map(({ issuer }) => issuer),
    scopes: identity.required_scopes,
    publicUrl: listen.public_url,
  });
}
