import { hash } from 'node:crypto';
import { Failure } from '@bailiff/contract';
import { decodeJwt } from 'jose';
import { LRUCache } from 'lru-cache';
import { untilAborted } from '../wait.ts';
import {
  type CredentialedServer,
  type CredentialHeaders,
  isOwn,
  type OnBehalfOf,
  type UpstreamCredentials,
} from './credentials.ts';
import type { GuardedFetch } from './guard/guarded-fetch.ts';
import { ISSUER_TIMEOUT_MS, type Issuers } from './issuers.ts';
import { exchangeToken, GrantRefused, ownTokens, TOKEN_EXCHANGE, type Tokens } from './token-endpoint.ts';
import type { OAuthClient } from './token-store.ts';

/** Exchanged tokens kept in memory. */
const EXCHANGED_MAX = 10_000;

/** How long a token is used whose issuer does not say how long it lives. */
const LIFETIME_DEFAULT_MS = 60_000;

/** Tokens are exchanged anew this long before they expire, or a quarter of their life where that is less. */
const RENEW_BEFORE_MS = 30_000;

export interface ExchangedOptions {
  readonly server: CredentialedServer;
  readonly issuer: string;
  readonly client: OAuthClient;
  readonly resource: string;
  readonly audience: string | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly guard: GuardedFetch;
  readonly issuers: Issuers;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
}

interface Exchanged {
  readonly headers: CredentialHeaders;
  readonly untilMs: number;
}

/**
 * Exchanges each caller’s own token for one of the server’s, at the issuer that the caller’s token came from and nowhere
 * else. What the server is sent is never what the caller sent. Where the gateway asks for itself, it has a token of its own.
 */
export class ExchangedCredentials implements UpstreamCredentials {
  readonly #options: ExchangedOptions;
  /** By SHA-256 of the caller’s token. */
  readonly #known = new LRUCache<string, Promise<Exchanged>>({ max: EXCHANGED_MAX });

  constructor(options: ExchangedOptions) {
    this.#options = options;
  }

  async headersFor(onBehalfOf: OnBehalfOf, signal: AbortSignal): Promise<CredentialHeaders> {
    const { server, clock } = this.#options;
    const { subjectToken } = onBehalfOf;
    const key = keyOf(onBehalfOf);
    if (key === undefined)
      throw new Failure(
        'upstream_unavailable',
        `The server ${server.name} is asked with a token that is exchanged for the caller’s, and the caller has none: use a token of the issuer.`,
      );
    const known = this.#known.get(key);
    const kept = known === undefined ? undefined : await untilAborted(known, signal);
    if (kept !== undefined && clock() < kept.untilMs) return kept.headers;
    if (this.#known.get(key) === known) this.#known.delete(key);
    return (await untilAborted(this.#exchangedOnce(key, subjectToken), signal)).headers;
  }

  rejected(onBehalfOf: OnBehalfOf, _wwwAuthenticate: string | undefined, sent?: CredentialHeaders): void {
    const key = keyOf(onBehalfOf);
    const known = key === undefined ? undefined : this.#known.get(key);
    if (key === undefined || known === undefined) return;
    known.then(
      ({ headers }) => {
        if ((sent === undefined || sent === headers) && this.#known.get(key) === known)
          this.#known.delete(key);
      },
      () => undefined, // it is forgotten already
    );
  }

  #exchangedOnce(key: string, subjectToken: string | undefined): Promise<Exchanged> {
    const underWay = this.#known.get(key);
    if (underWay !== undefined) return underWay;
    const exchanging = subjectToken === undefined ? this.#own() : this.#exchange(subjectToken);
    this.#known.set(key, exchanging);
    exchanging.catch(() => {
      if (this.#known.get(key) === exchanging) this.#known.delete(key);
    });
    return exchanging;
  }

  async #exchange(subjectToken: string): Promise<Exchanged> {
    const { server, issuer, client, resource, audience, scopes, guard, issuers, clock, signal } =
      this.#options;
    const { iss, exp = 0 } = decodeJwt(subjectToken); // verified when its bearer came in
    if (iss !== issuer)
      throw new Failure(
        'upstream_unavailable',
        `The caller’s token is not of the issuer that exchanges tokens for the server ${server.name}.`,
      );
    const within = AbortSignal.any([signal, AbortSignal.timeout(ISSUER_TIMEOUT_MS)]);
    const as = await issuers.find(issuer, within);
    if (!as.grant_types_supported?.includes(TOKEN_EXCHANGE))
      throw new Failure('upstream_unavailable', 'The issuer does not exchange tokens.');
    const asked = { subjectToken, resource, audience, scopes };
    const tokens = await exchangeToken({ as, client, guard }, asked, within).catch((thrown: unknown) => {
      if (!(thrown instanceof GrantRefused)) throw thrown;
      throw new Failure(
        'upstream_unavailable',
        `The issuer refuses to exchange the caller’s token for the server ${server.name}: ${thrown.message}.`,
      );
    });
    if (tokens.accessToken === subjectToken)
      throw new Failure(
        'upstream_invalid',
        'The issuer gave the caller’s own token back, which is not passed on.',
      );
    const exchanged = exchangedFrom(tokens, clock());
    // Never beyond what the caller was let in with.
    return { ...exchanged, untilMs: Math.min(exchanged.untilMs, exp * 1_000) };
  }

  async #own(): Promise<Exchanged> {
    const { server, issuer, client, resource, audience, scopes, guard, issuers, clock, signal } =
      this.#options;
    const within = AbortSignal.any([signal, AbortSignal.timeout(ISSUER_TIMEOUT_MS)]);
    const as = await issuers.find(issuer, within);
    const asked = { resource, audience, scopes };
    const tokens = await ownTokens({ as, client, guard }, asked, within).catch((thrown: unknown) => {
      if (!(thrown instanceof GrantRefused)) throw thrown;
      throw new Failure(
        'upstream_unavailable',
        `The issuer refuses the gateway a token of its own for the server ${server.name}, which it needs for lists: ${thrown.message}.`,
      );
    });
    return exchangedFrom(tokens, clock());
  }
}

/** Under what a token is known: the caller’s own, or the gateway. Undefined for a caller without one. */
function keyOf(onBehalfOf: OnBehalfOf): string | undefined {
  if (onBehalfOf.subjectToken !== undefined) return hash('sha256', onBehalfOf.subjectToken);
  return isOwn(onBehalfOf) ? 'own' : undefined;
}

function exchangedFrom({ accessToken, lifetimeMs = LIFETIME_DEFAULT_MS }: Tokens, nowMs: number): Exchanged {
  return {
    headers: { authorization: `Bearer ${accessToken}` },
    untilMs: nowMs + lifetimeMs - Math.min(RENEW_BEFORE_MS, lifetimeMs / 4),
  };
}
