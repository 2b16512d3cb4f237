import { Failure } from '@bailiff/contract';
import * as oauth from 'oauth4webapi';
import type { CredentialedServer } from '../credentials.ts';
import { discoverIssuer, discoverResource, type ProtectedResource } from '../discovery.ts';
import { checkedAddress, type GuardedFetch } from '../guard/guarded-fetch.ts';
import type { OAuthConfiguration } from '../open-credentials.ts';
import { errorCode, exchangeCode, GrantRefused } from '../token-endpoint.ts';
import type { Grant, OAuthClient } from '../token-store.ts';
import { clientFor } from './client.ts';
import { openLoopback } from './loopback.ts';

export interface LoginOptions {
  readonly server: CredentialedServer;
  readonly credential: OAuthConfiguration;
  /** Addresses that the configuration names. */
  readonly configured: readonly string[];
  readonly client: OAuthClient | undefined;
  /** Empty for a grant that is everybody’s. */
  readonly user: string;
  /** Of the loopback address that the browser comes back to; 0 for any. */
  readonly port: number;
  readonly guard: GuardedFetch;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly newId: () => string;
  /** Shows the address at which a person lets the gateway in. */
  show(address: URL, issuer: string): Promise<void>;
}

/**
 * The authorization code grant of OAuth 2.1 with PKCE: finds out which authorization server speaks for the server, sends a
 * person there, and exchanges the code that the browser brings back.
 * @throws Failure saying what to do; `upstream_*` for what the server or its issuer does wrong.
 */
export async function logIn(options: LoginOptions, signal: AbortSignal): Promise<Grant> {
  const { server, credential, guard, clock } = options;
  const resource = await resourceOf(options, signal);
  const issuer = issuerOf(credential, resource);
  const as = await discoverIssuer(issuer, guard, signal);
  refuseUnfit(as);
  await using loopback = await openLoopback(options.port);
  const { redirectUri } = loopback;
  const client = await clientFor(
    { as, guard, configured: options.client, metadataUrl: credential.client_metadata_url, redirectUri },
    signal,
  );
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const scopes = scopesOf(credential, resource, as);
  const asked = { client, redirectUri, verifier, state, scopes, resource: resource.resource };
  const address = await authorizationAddress(as, asked, options.configured);
  const came = loopback.response(state, signal);
  came.catch(() => undefined); // it is awaited below, and may be aborted before
  await options.show(address, issuer);
  const response = checkedResponse(as, client, await came, state);
  const tokens = await exchangeCode(
    { as, client, guard },
    { response, redirectUri, verifier, resource: resource.resource },
    signal,
  ).catch((thrown: unknown) => {
    if (!(thrown instanceof GrantRefused)) throw thrown;
    throw new Failure('upstream_invalid', `The authorization server gave no token: ${thrown.message}.`);
  });
  return {
    id: options.newId(),
    server: server.name,
    user: options.user,
    serverUrl: server.url,
    resource: resource.resource,
    issuer,
    client,
    accessToken: tokens.accessToken,
    ...(tokens.refreshToken === undefined ? {} : { refreshToken: tokens.refreshToken }),
    ...(tokens.lifetimeMs === undefined ? {} : { expiresAtMs: clock() + tokens.lifetimeMs }),
    scope: tokens.scope ?? scopes.join(' '),
    obtainedAtMs: clock(),
  };
}

async function resourceOf(
  { server, credential, guard }: LoginOptions,
  signal: AbortSignal,
): Promise<ProtectedResource> {
  const found = await discoverResource(server, guard, signal);
  const { resource, issuer } = credential;
  if (found !== undefined) return resource === undefined ? found : { ...found, resource };
  if (issuer !== undefined) return { resource: resource ?? server.url, issuers: [issuer], scopes: undefined };
  throw new Failure(
    'configuration_invalid',
    `The server ${server.name} does not say who lets clients in. Set servers.${server.name}.credential.issuer.`,
  );
}

/** The configured issuer, if the server accepts it; else the first that the server names. */
function issuerOf({ issuer }: OAuthConfiguration, { issuers }: ProtectedResource): string {
  if (issuer !== undefined) {
    if (issuers.length === 0 || issuers.includes(issuer)) return issuer;
    throw new Failure(
      'configuration_invalid',
      'The server does not accept tokens of the configured issuer: it names others. Correct credential.issuer.',
    );
  }
  const [first] = issuers;
  if (first !== undefined) return first;
  throw new Failure('upstream_invalid', 'The server names no authorization server. Set credential.issuer.');
}

/** Without S256, whoever gets hold of the code gets the tokens. */
function refuseUnfit(as: oauth.AuthorizationServer): void {
  if (as.code_challenge_methods_supported?.includes('S256') !== true)
    throw new Failure(
      'upstream_invalid',
      'The authorization server does not say that it supports PKCE with S256.',
    );
  if (as.authorization_endpoint === undefined || as.token_endpoint === undefined)
    throw new Failure('upstream_invalid', 'The authorization server names no address for logins.');
}

const OFFLINE = 'offline_access';

function scopesOf(
  { scopes }: OAuthConfiguration,
  resource: ProtectedResource,
  as: oauth.AuthorizationServer,
): readonly string[] {
  const wanted = scopes ?? resource.scopes ?? [];
  // Issuers that know this scope give refresh tokens only to those who ask for it.
  const isOffered = as.scopes_supported?.includes(OFFLINE) === true && !wanted.includes(OFFLINE);
  return isOffered ? [...wanted, OFFLINE] : wanted;
}

async function authorizationAddress(
  as: oauth.AuthorizationServer,
  asked: {
    readonly client: OAuthClient;
    readonly redirectUri: string;
    readonly verifier: string;
    readonly state: string;
    readonly scopes: readonly string[];
    readonly resource: string;
  },
  configured: readonly string[],
): Promise<URL> {
  const address = checkedAddress(as.authorization_endpoint ?? '', configured);
  const parameters = {
    response_type: 'code',
    client_id: asked.client.id,
    redirect_uri: asked.redirectUri,
    state: asked.state,
    code_challenge: await oauth.calculatePKCECodeChallenge(asked.verifier),
    code_challenge_method: 'S256',
    resource: asked.resource,
    ...(asked.scopes.length === 0 ? {} : { scope: asked.scopes.join(' ') }),
    // OpenID Connect gives refresh tokens only with consent.
    ...(asked.scopes.includes(OFFLINE) ? { prompt: 'consent' } : {}),
  };
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  return address;
}

/** The response, if it is of the issuer that was asked (RFC 9207). Until that is known nothing of it is told. */
function checkedResponse(
  as: oauth.AuthorizationServer,
  client: OAuthClient,
  parameters: URLSearchParams,
  state: string,
): URLSearchParams {
  try {
    return oauth.validateAuthResponse(as, { client_id: client.id }, parameters, state);
  } catch (thrown) {
    if (thrown instanceof oauth.AuthorizationResponseError)
      throw new Failure('upstream_unavailable', `The login was refused: ${errorCode(thrown.error)}.`);
    throw new Failure(
      'upstream_invalid',
      'The answer to the login is not of the authorization server that was asked. Nothing was sent to anyone.',
    );
  }
}
