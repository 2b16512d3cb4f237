import type { AuthorizationServer } from 'oauth4webapi';
import { discoverIssuer } from './discovery.ts';
import type { GuardedFetch } from './guard/guarded-fetch.ts';

/** How long an issuer’s metadata are believed. */
const METADATA_AGE_MAX_MS = 600_000;

/** Longest wait for an issuer, which many callers may share. */
export const ISSUER_TIMEOUT_MS = 20_000;

/** Metadata of issuers, asked for once for everybody who waits. */
export class Issuers {
  readonly #guard: GuardedFetch;
  readonly #clock: () => number;
  readonly #known = new Map<string, { readonly as: Promise<AuthorizationServer>; readonly atMs: number }>();

  /** `clock` gives milliseconds since 1970. */
  constructor(guard: GuardedFetch, clock: () => number) {
    this.#guard = guard;
    this.#clock = clock;
  }

  /** Issuers are the configured ones and those of logins, so there are few. @throws Failure `upstream_*`. */
  find(issuer: string, signal: AbortSignal): Promise<AuthorizationServer> {
    const known = this.#known.get(issuer);
    if (known !== undefined && Math.abs(this.#clock() - known.atMs) < METADATA_AGE_MAX_MS) return known.as;
    const as = discoverIssuer(issuer, this.#guard, signal);
    const entry = { as, atMs: this.#clock() };
    this.#known.set(issuer, entry);
    as.catch(() => {
      if (this.#known.get(issuer) === entry) this.#known.delete(issuer);
    });
    return as;
  }
}
