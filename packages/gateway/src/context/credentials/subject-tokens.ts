import type { Principal } from '@bailiff/contract';

/**
 * Tokens that principals came in with, for exchanging them at their own issuer (RFC 8693) and for nothing else: kept apart from
 * the principal, so that neither policy nor record nor a server is ever handed one, and forgotten with it.
 */
export class SubjectTokens {
  readonly #tokens = new WeakMap<Principal, string>();

  keep(principal: Principal, token: string): void {
    this.#tokens.set(principal, token);
  }

  /** Undefined for principals without one, as those of API keys. */
  of(principal: Principal): string | undefined {
    return this.#tokens.get(principal);
  }
}
