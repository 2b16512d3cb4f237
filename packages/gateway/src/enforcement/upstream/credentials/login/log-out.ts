import { discoverIssuer } from '../discovery.ts';
import type { GuardedFetch } from '../guard/guarded-fetch.ts';
import { revokeToken } from '../token-endpoint.ts';
import type { Grant } from '../token-store.ts';

/** Longest wait for the issuer. */
const TIMEOUT_MS = 10_000;

/** Tells the issuer that a login’s tokens are no longer wanted. Resolves with whether it could be told; never rejects. */
export async function logOut(grant: Grant, guard: GuardedFetch): Promise<boolean> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const as = await discoverIssuer(grant.issuer, guard, signal);
    if (as.revocation_endpoint === undefined) return false;
    const { client, accessToken, refreshToken } = grant;
    // The refresh token first: where only one can be told, it is the one that lasts.
    for (const token of [refreshToken, accessToken])
      if (token !== undefined) await revokeToken({ as, client, guard }, token, signal);
    return true;
  } catch {
    return false; // the login is removed here either way
  }
}
