import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';
import { TOKEN_EXCHANGE } from '../token-endpoint.ts';

/** A client that is registered beforehand. */
export const CONFIGURED_CLIENT = { id: 'bailiff-configured', secret: 'secret-of-the-gateway-at-the-issuer' };

export interface AuthorizationServerOptions {
  /** Life of access tokens, in seconds. */
  readonly lifetimeSeconds?: number;
  readonly registers?: boolean;
  readonly revokes?: boolean;
  /** Answers instead of the provider when it returns true. */
  readonly override?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Changes the metadata before they are sent. */
  readonly metadata?: (metadata: Record<string, unknown>) => Record<string, unknown>;
}

/** A real provider, `oidc-provider`, on a port of its own, at which whoever comes is let in and agrees to everything. */
export interface AuthorizationServer extends AsyncDisposable {
  readonly issuer: string;
  /** Requests by path, as `POST /token`. */
  count(route: string): number;
  /** Bodies of requests to the token endpoint. */
  readonly asked: readonly URLSearchParams[];
  /** Ends the life of everything that was given. */
  revokeAll(): void;
  /** Life of access tokens that are given from now on, in seconds. */
  lifetimeSeconds: number;
}

export async function openAuthorizationServer(
  options: AuthorizationServerOptions = {},
): Promise<AuthorizationServer> {
  const { promise, resolve } = Promise.withResolvers<RequestListener>();
  const counts = new Map<string, number>();
  const asked: URLSearchParams[] = [];
  const http = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const route = `${request.method} ${path}`;
    counts.set(route, (counts.get(route) ?? 0) + 1);
    if (options.override?.(request, response) === true) return;
    void promise.then((handle) => handle(request, response));
  });
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening));
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const state = { lifetimeSeconds: options.lifetimeSeconds ?? 3_600 };
  const provider = await quietly(() => providerAt(issuer, options, state));
  for (const event of ['grant.success', 'grant.error'] as const)
    provider.on(event, ({ oidc }) => asked.push(new URLSearchParams(oidc.body)));
  let handle = provider.callback();
  resolve((request, response) => {
    if (request.url?.startsWith('/interaction/')) void agree(provider, request, response);
    else if (request.url?.startsWith('/.well-known/') && options.metadata !== undefined)
      rewrite(handle, request, response, options.metadata);
    else handle(request, response);
  });
  return {
    issuer,
    asked,
    count: (route) => counts.get(route) ?? 0,
    revokeAll() {
      const others = handle;
      handle = (request, response) => {
        if (request.url !== '/token') return others(request, response);
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error: 'invalid_grant', error_description: 'canary-of-the-issuer' }));
      };
    },
    get lifetimeSeconds() {
      return state.lifetimeSeconds;
    },
    set lifetimeSeconds(seconds) {
      state.lifetimeSeconds = seconds;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => http.close(() => done()));
      http.closeAllConnections();
      await closed;
    },
  };
}

async function providerAt(
  issuer: string,
  { registers = true, revokes = true }: AuthorizationServerOptions,
  state: { readonly lifetimeSeconds: number },
): Promise<Provider> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const resource = (_context: unknown, identifier: string) => ({
    scope: 'tools:read tools:write',
    audience: identifier,
    accessTokenTTL: state.lifetimeSeconds,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'ES256' } },
  });
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'k1', use: 'sig', alg: 'ES256' }] },
    clients: [
      {
        client_id: CONFIGURED_CLIENT.id,
        client_secret: CONFIGURED_CLIENT.secret,
        application_type: 'native',
        redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials', TOKEN_EXCHANGE],
      },
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    cookies: { keys: ['of-the-test'] },
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      registration: { enabled: registers },
      revocation: { enabled: revokes, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: resource,
        useGrantedResource: () => true,
      },
    },
    ttl: {
      Interaction: 600,
      Session: 600,
      Grant: 86_400,
      AccessToken: () => state.lifetimeSeconds,
      RefreshToken: 86_400,
      ClientCredentials: 3_600,
    },
    issueRefreshToken: () => true,
    rotateRefreshToken: () => true,
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
  });
  exchanging(provider, resource);
  return provider;
}

/** The provider warns that it keeps everything in memory and has no https, which is meant here. */
async function quietly<Value>(work: () => Promise<Value>): Promise<Value> {
  const { warn, info } = console;
  console.warn = console.info = () => undefined;
  try {
    return await work();
  } finally {
    Object.assign(console, { warn, info });
  }
}

/** Whoever comes is mara, and agrees. */
async function agree(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    await provider.interactionFinished(request, response, { login: { accountId: 'mara' } });
    return;
  }
  const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: params.client_id });
  grant.addOIDCScope('openid offline_access');
  if (params.resource !== undefined) grant.addResourceScope(params.resource, 'tools:read tools:write');
  const grantId = await grant.save();
  await provider.interactionFinished(
    request,
    response,
    { consent: { grantId } },
    { mergeWithLastSubmission: true },
  );
}

/** RFC 8693 as the provider’s own extension point has it. The caller’s token is believed: its verification is another’s. */
function exchanging(provider: Provider, resourceOf: (context: unknown, identifier: string) => object): void {
  provider.registerGrantType(
    TOKEN_EXCHANGE,
    async (context) => {
      const { client, params } = context.oidc;
      const identifier = params.resource ?? '';
      const given = new provider.Grant({ accountId: 'mara', clientId: client.clientId });
      given.addResourceScope(identifier, 'tools:read tools:write');
      const token = new provider.AccessToken({
        client,
        accountId: 'mara',
        grantId: await given.save(),
        gty: 'token_exchange',
        scope: 'tools:read',
      });
      token.resourceServer = new provider.ResourceServer(identifier, { ...resourceOf(context, identifier) });
      context.body = {
        access_token: await token.save(),
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: 3_600,
        scope: 'tools:read',
      };
    },
    ['subject_token', 'subject_token_type', 'requested_token_type', 'resource', 'audience', 'scope'],
  );
}

/** Passes on what the provider says of itself, changed. */
function rewrite(
  handle: RequestListener,
  request: IncomingMessage,
  response: ServerResponse,
  change: (metadata: Record<string, unknown>) => Record<string, unknown>,
): void {
  const end = response.end.bind(response);
  response.end = ((chunk?: unknown) => {
    if (response.statusCode !== 200) return end(chunk);
    const text = JSON.stringify(change(JSON.parse(String(chunk))));
    response.setHeader('content-length', Buffer.byteLength(text));
    return end(text);
  }) as typeof response.end;
  handle(request, response);
}
