import { Configuration, Failure, type Principal } from '@bailiff/contract';
import { type JWTPayload, SignJWT } from 'jose';
import { type Authenticate, createAuthenticator } from '../authenticate.ts';
import { type JwksServer, openJwksServer, type SigningKey, signingKey } from './jwks-server.ts';

export const ISSUER = 'https://issuer.example/realms/acme';
export const AUDIENCE = 'bailiff';

/** An issuer with a key set over real HTTP, and a gateway that trusts it, both on a clock that only the test moves. */
export class TokenIssuer implements AsyncDisposable {
  nowMs = 1_795_355_100_000;
  readonly key: SigningKey;
  readonly jwks: JwksServer;
  #authenticate: Authenticate;

  constructor(key: SigningKey, jwks: JwksServer) {
    this.key = key;
    this.jwks = jwks;
    this.#authenticate = this.gatewayWith({ jwks_url: jwks.url });
  }

  /** Credentials are checked by a gateway that is configured like this from here on. */
  trustWith(issuer: Record<string, unknown>): void {
    this.#authenticate = this.gatewayWith(issuer);
  }

  gatewayWith(issuer: Record<string, unknown>): Authenticate {
    const { identity } = Configuration.parse({
      policy: { directory: '.' },
      identity: { issuers: [{ issuer: ISSUER, audience: AUDIENCE, ...issuer }] },
    });
    return createAuthenticator({
      identity,
      dataDirectory: '/nonexistent',
      clock: () => this.nowMs,
      fetch: globalThis.fetch,
      signal: new AbortController().signal,
    });
  }

  seconds(): number {
    return Math.floor(this.nowMs / 1_000);
  }

  /** Claims of a good token, and what a test changes; undefined leaves one out. */
  claimsOf(changes: Record<string, unknown> = {}): JWTPayload {
    const claims = {
      iss: ISSUER,
      aud: AUDIENCE,
      iat: this.seconds(),
      exp: this.seconds() + 300,
      azp: 'support-bot',
      sub: 'mara',
      jti: 'token-1',
      ...changes,
    };
    return JSON.parse(JSON.stringify(claims)) as JWTPayload;
  }

  signed(
    changes: Record<string, unknown> = {},
    { header = {}, by = this.key }: { header?: Record<string, unknown>; by?: SigningKey } = {},
  ): Promise<string> {
    return new SignJWT(this.claimsOf(changes))
      .setProtectedHeader({ alg: 'ES256', kid: by.kid, ...header })
      .sign(by.privateKey);
  }

  present(token: string): Promise<Principal> {
    return this.#authenticate({ authorization: [`Bearer ${token}`] });
  }

  /** The failure with which a token is refused. @throws Error when it is accepted. */
  async refusal(token: string): Promise<Failure> {
    const thrown: unknown = await this.present(token).then(
      () => new Error('the token was accepted'),
      (failure: unknown) => failure,
    );
    if (!(thrown instanceof Failure)) throw thrown;
    return thrown;
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.jwks[Symbol.asyncDispose]();
  }
}

export async function openTokenIssuer(): Promise<TokenIssuer> {
  const key = await signingKey('k1');
  return new TokenIssuer(key, await openJwksServer(key));
}
