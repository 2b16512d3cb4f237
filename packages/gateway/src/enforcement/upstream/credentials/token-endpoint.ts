import { Failure } from '@bailiff/contract';
import * as oauth from 'oauth4webapi';
import { authenticationOf } from './client-authentication.ts';
import type { GuardedFetch } from './guard/guarded-fetch.ts';
import type { OAuthClient } from './token-store.ts';

/** Tokens as a token endpoint gave them. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** Milliseconds from now; undefined when the issuer does not say. */
  readonly lifetimeMs: number | undefined;
  readonly scope: string | undefined;
}

export interface TokenEndpoint {
  readonly as: oauth.AuthorizationServer;
  readonly client: OAuthClient;
  readonly guard: GuardedFetch;
}

/** The token endpoint refused: asking again with the same does not help. */
export class GrantRefused extends Error {
  override readonly name = 'GrantRefused';
}

/** Exchanges the code of an authorization response that `validateAuthResponse` has passed. @throws GrantRefused, Failure `upstream_*`. */
export function exchangeCode(
  at: TokenEndpoint,
  asked: {
    readonly response: URLSearchParams;
    readonly redirectUri: string;
    readonly verifier: string;
    readonly resource: string;
  },
  signal: AbortSignal,
): Promise<Tokens> {
  const { as, client, auth, options } = partsOf(at, { resource: asked.resource }, signal);
  return tokensOf(async () => {
    const { response: parameters, redirectUri, verifier } = asked;
    const answer = oauth.authorizationCodeGrantRequest(
      as,
      client,
      auth,
      parameters,
      redirectUri,
      verifier,
      options,
    );
    return oauth.processAuthorizationCodeResponse(as, client, await answer);
  });
}

/** @throws GrantRefused when the refresh token is no longer good; Failure `upstream_*`. */
export function refreshTokens(
  at: TokenEndpoint,
  { refreshToken, resource }: { readonly refreshToken: string; readonly resource: string },
  signal: AbortSignal,
): Promise<Tokens> {
  const { as, client, auth, options } = partsOf(at, { resource }, signal);
  return tokensOf(async () => {
    const answer = await oauth.refreshTokenGrantRequest(as, client, auth, refreshToken, options);
    return oauth.processRefreshTokenResponse(as, client, answer);
  });
}

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/** Which server tokens are for, by its address and its name at the issuer, and what they may do there. */
export interface ForServer {
  readonly resource: string;
  readonly audience: string | undefined;
  readonly scopes: readonly string[] | undefined;
}

/** RFC 8693. @throws GrantRefused, Failure `upstream_*`. */
export function exchangeToken(
  at: TokenEndpoint,
  asked: ForServer & { readonly subjectToken: string },
  signal: AbortSignal,
): Promise<Tokens> {
  const { as, client, auth, options } = partsOf(at, {}, signal);
  const parameters = parametersFor(asked);
  parameters.set('subject_token', asked.subjectToken);
  parameters.set('subject_token_type', ACCESS_TOKEN);
  parameters.set('requested_token_type', ACCESS_TOKEN);
  return tokensOf(async () => {
    const answer = await oauth.genericTokenEndpointRequest(
      as,
      client,
      auth,
      TOKEN_EXCHANGE,
      parameters,
      options,
    );
    return oauth.processGenericTokenEndpointResponse(as, client, answer);
  });
}

/** Tokens for the gateway itself (RFC 6749, section 4.4). @throws GrantRefused, Failure `upstream_*`. */
export function ownTokens(at: TokenEndpoint, asked: ForServer, signal: AbortSignal): Promise<Tokens> {
  const { as, client, auth, options } = partsOf(at, {}, signal);
  return tokensOf(async () => {
    const answer = await oauth.clientCredentialsGrantRequest(as, client, auth, parametersFor(asked), options);
    return oauth.processClientCredentialsResponse(as, client, answer);
  });
}

function parametersFor({ resource, audience, scopes }: ForServer): URLSearchParams {
  const parameters = new URLSearchParams({ resource });
  if (audience !== undefined) parameters.set('audience', audience);
  if (scopes !== undefined) parameters.set('scope', scopes.join(' '));
  return parameters;
}

/** Tells the issuer that a token is no longer wanted (RFC 7009). @throws Failure `upstream_*`, GrantRefused. */
export async function revokeToken(at: TokenEndpoint, token: string, signal: AbortSignal): Promise<void> {
  if (at.as.revocation_endpoint === undefined) return;
  const { as, client, auth, options } = partsOf(at, {}, signal);
  await told(async () =>
    oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, token, options)),
  );
}

/** What the library needs to ask an address of the issuer through the guard, which judges addresses itself. */
export function guarded(guard: GuardedFetch, signal: AbortSignal) {
  return {
    [oauth.customFetch]: (
      url: string,
      { method, headers, body }: { method: string; headers: Record<string, string>; body?: unknown },
    ) => guard.ask(url, { method, headers, body: textOf(body), signal }),
    [oauth.allowInsecureRequests]: true,
  };
}

function textOf(body: unknown): string | undefined {
  if (body === undefined || body === null) return undefined;
  return body instanceof URLSearchParams ? body.toString() : String(body);
}

function partsOf(
  { as, client, guard }: TokenEndpoint,
  additionalParameters: Record<string, string>,
  signal: AbortSignal,
) {
  return {
    as,
    client: { client_id: client.id },
    auth: authenticationOf(client, as),
    options: { ...guarded(guard, signal), additionalParameters },
  };
}

async function tokensOf(ask: () => Promise<oauth.TokenEndpointResponse>): Promise<Tokens> {
  const { access_token, refresh_token, expires_in, scope, token_type } = await told(ask);
  // A token that is bound to a key of the client’s is of no use to one that has none.
  if (token_type !== 'bearer')
    throw new Failure('upstream_invalid', 'The authorization server gave a token that is no bearer token.');
  if (!/^[\x21-\x7e]{1,65536}$/.test(access_token))
    throw new Failure('upstream_invalid', 'The authorization server gave a token that cannot be sent.');
  return {
    accessToken: access_token,
    refreshToken: refresh_token,
    lifetimeMs: expires_in === undefined ? undefined : expires_in * 1_000,
    scope,
  };
}

/** Errors of the library hold tokens and answers; only what kind of error it was goes on. */
async function told<Value>(ask: () => Promise<Value>): Promise<Value> {
  try {
    return await ask();
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    if (thrown instanceof oauth.ResponseBodyError) {
      if (thrown.status < 500 && thrown.status !== 429) throw new GrantRefused(errorCode(thrown.error));
      throw new Failure('upstream_unavailable', 'The authorization server cannot serve at present.');
    }
    if (thrown instanceof oauth.WWWAuthenticateChallengeError) throw new GrantRefused('invalid_client');
    if (thrown instanceof oauth.OperationProcessingError && isOverloaded(thrown.cause))
      throw new Failure('upstream_unavailable', 'The authorization server cannot serve at present.');
    const cause = new Error(thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'unknown');
    throw new Failure('upstream_invalid', 'The authorization server gave an answer that cannot be used.', {
      cause,
    });
  }
}

function isOverloaded(cause: unknown): boolean {
  return cause instanceof Response && (cause.status >= 500 || cause.status === 429);
}

/** The code of an error, if it looks like one; never the words that an issuer writes beside it. */
export function errorCode(code: unknown): string {
  return typeof code === 'string' && /^[a-z_]{1,64}$/.test(code) ? code : 'error';
}
