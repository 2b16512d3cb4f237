import { Failure } from '@bailiff/contract';
import type { AuthorizationServer } from 'oauth4webapi';
import { z } from 'zod';
import { bearerChallenge } from './challenge.ts';
import type { CredentialedServer } from './credentials.ts';
import type { GuardedFetch } from './guard/guarded-fetch.ts';

/** What a server says of how to be let in. */
export interface ProtectedResource {
  /** What tokens are asked for (RFC 8707). */
  readonly resource: string;
  /** Authorization servers that it accepts tokens of. */
  readonly issuers: readonly string[];
  /** Scopes to ask for; undefined when it does not say. */
  readonly scopes: readonly string[] | undefined;
}

const url = z.string().max(2_048);

/** RFC 9728, as far as it is used here. */
const ResourceMetadata = z.object({
  resource: url,
  authorization_servers: z.array(url).max(64).default([]),
  scopes_supported: z.array(z.string()).max(1_024).optional(),
});

const endpoint = url.optional();
const words = z.array(z.string()).max(1_024).optional();

/** RFC 8414, and what else is needed of it here. */
const ServerMetadata = z.looseObject({
  issuer: url,
  authorization_endpoint: endpoint,
  token_endpoint: endpoint,
  registration_endpoint: endpoint,
  revocation_endpoint: endpoint,
  scopes_supported: words,
  grant_types_supported: words,
  code_challenge_methods_supported: words,
  token_endpoint_auth_methods_supported: words,
  authorization_response_iss_parameter_supported: z.boolean().optional(),
  client_id_metadata_document_supported: z.boolean().optional(),
});

/** The first request of a client, which a server that wants a credential answers with 401. */
const PROBE = JSON.stringify({
  jsonrpc: '2.0',
  id: 'bailiff-login',
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'bailiff', version: '0.1.0' },
  },
});

/**
 * Asks a server what it wants of its clients: its challenge names the metadata, else they are looked for at the well-known
 * addresses, that of its path first. Undefined when it has none.
 * @throws Failure `upstream_*` when the server is not there, or says what cannot be used.
 */
export async function discoverResource(
  { url: serverUrl }: CredentialedServer,
  { ask }: GuardedFetch,
  signal: AbortSignal,
): Promise<ProtectedResource | undefined> {
  const probe = await ask(serverUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: PROBE,
    signal,
  });
  const challenge =
    probe.status === 401 ? bearerChallenge(probe.headers.get('www-authenticate') ?? undefined) : undefined;
  const named = challenge?.resourceMetadata;
  for (const address of named === undefined ? wellKnown(serverUrl) : [named]) {
    const answer = await ask(address, { headers: { accept: 'application/json' }, signal });
    if (answer.status !== 200) continue;
    const metadata = ResourceMetadata.safeParse(await jsonOf(answer));
    if (!metadata.success || !covers(metadata.data.resource, serverUrl))
      throw new Failure(
        'upstream_invalid',
        'The server’s protected-resource metadata is not about this server.',
      );
    const { resource, authorization_servers: issuers, scopes_supported } = metadata.data;
    return { resource, issuers, scopes: challenge?.scope?.split(' ').filter(Boolean) ?? scopes_supported };
  }
  if (named === undefined) return undefined;
  throw new Failure('upstream_invalid', 'The server’s protected-resource metadata is not where it says.');
}

/**
 * Asks an authorization server for its metadata, at each well-known address. What it says of itself must name exactly the
 * issuer that was asked. @throws Failure `upstream_*`.
 */
export async function discoverIssuer(
  issuer: string,
  { ask }: GuardedFetch,
  signal: AbortSignal,
): Promise<AuthorizationServer> {
  for (const address of issuerAddresses(issuer)) {
    const answer = await ask(address, { headers: { accept: 'application/json' }, signal });
    if (answer.status !== 200) continue;
    const metadata = ServerMetadata.safeParse(await jsonOf(answer));
    if (!metadata.success)
      throw new Failure('upstream_invalid', 'The authorization server’s metadata are not valid.');
    if (metadata.data.issuer !== issuer)
      throw new Failure('upstream_invalid', 'The authorization server’s metadata name another issuer.');
    return metadata.data as AuthorizationServer; // checked above where it is used; the rest is not looked at
  }
  throw new Failure(
    'upstream_invalid',
    'The authorization server has no metadata at any well-known address.',
  );
}

/** Whether a resource is this server, or the part of its origin that the server’s path lies below. */
function covers(resource: string, serverUrl: string): boolean {
  const [wide, narrow] = [URL.parse(resource), new URL(serverUrl)];
  if (wide === null || wide.origin !== narrow.origin || wide.hash !== '') return false;
  if (wide.search !== '' && wide.search !== narrow.search) return false;
  return `${narrow.pathname}/`.startsWith(wide.pathname.replace(/\/*$/, '/'));
}

/** RFC 9728, section 3.1. */
function wellKnown(serverUrl: string): readonly string[] {
  const { origin, pathname } = new URL(serverUrl);
  const root = `${origin}/.well-known/oauth-protected-resource`;
  const path = pathname.replace(/\/$/, '');
  return path === '' ? [root] : [`${root}${path}`, root];
}

/** RFC 8414, section 3.1, and OpenID Connect Discovery, in the order that MCP asks for. */
function issuerAddresses(issuer: string): readonly string[] {
  const parsed = URL.parse(issuer);
  if (parsed === null || parsed.search !== '' || parsed.hash !== '')
    throw new Failure('upstream_invalid', 'The server names an authorization server that is no address.');
  const { origin } = parsed;
  const path = parsed.pathname.replace(/\/$/, '');
  const inserted = ['oauth-authorization-server', 'openid-configuration'].map(
    (name) => `${origin}/.well-known/${name}${path}`,
  );
  return path === '' ? inserted : [...inserted, `${origin}${path}/.well-known/openid-configuration`];
}

async function jsonOf(response: Response): Promise<unknown> {
  return response.json().catch(() => undefined);
}
