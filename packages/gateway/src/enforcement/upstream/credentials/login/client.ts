import { Failure } from '@bailiff/contract';
import * as oauth from 'oauth4webapi';
import type { GuardedFetch } from '../guard/guarded-fetch.ts';
import { errorCode, guarded } from '../token-endpoint.ts';
import type { OAuthClient } from '../token-store.ts';

export interface ClientOptions {
  readonly as: oauth.AuthorizationServer;
  readonly guard: GuardedFetch;
  /** The one that was registered beforehand. */
  readonly configured: OAuthClient | undefined;
  /** Where the operator keeps a client id metadata document. */
  readonly metadataUrl: string | undefined;
  readonly redirectUri: string;
}

const HOW =
  'Register a client there with the redirect address http://127.0.0.1/callback, any port, and set credential.client_id.';

/**
 * Who the gateway is to an authorization server: the configured client, else its metadata document where the server reads
 * such documents, else one that it registers now, with exactly the redirect address that this login uses.
 * @throws Failure `configuration_invalid` when none of them will do; `upstream_*`.
 */
export async function clientFor(options: ClientOptions, signal: AbortSignal): Promise<OAuthClient> {
  const { as, guard, configured, metadataUrl, redirectUri } = options;
  if (configured !== undefined) return configured;
  if (metadataUrl !== undefined && as.client_id_metadata_document_supported === true)
    return { id: metadataUrl, method: 'none' };
  if (as.registration_endpoint === undefined)
    throw new Failure(
      'configuration_invalid',
      `The authorization server registers no clients by itself. ${HOW}`,
    );
  const metadata = {
    client_name: 'Bailiff',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    application_type: 'native',
  };
  try {
    const answer = await oauth.dynamicClientRegistrationRequest(as, metadata, guarded(guard, signal));
    return registered(await oauth.processDynamicClientRegistrationResponse(await withExpiry(answer)));
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    const code = thrown instanceof oauth.ResponseBodyError ? ` (${errorCode(thrown.error)})` : '';
    throw new Failure(
      'upstream_invalid',
      `The authorization server did not register the gateway${code}. ${HOW}`,
    );
  }
}

/**
 * The answer to a registration, with the time at which its secret expires, which many servers leave out although RFC 7591
 * wants it: 0, never.
 */
async function withExpiry(answer: Response): Promise<Response> {
  const client: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined);
  const isObject = typeof client === 'object' && client !== null && !Array.isArray(client);
  if (!isObject || Object.hasOwn(client, 'client_secret_expires_at')) return answer;
  return Response.json(
    { ...client, client_secret_expires_at: 0 },
    { status: answer.status, headers: answer.headers },
  );
}

function registered(client: {
  client_id: string;
  client_secret?: unknown;
  token_endpoint_auth_method?: unknown;
}): OAuthClient {
  const { client_id: id, client_secret: secret, token_endpoint_auth_method: method } = client;
  if (typeof secret !== 'string' || secret === '' || method === 'none') return { id, method: 'none' };
  return {
    id,
    secret,
    method: method === 'client_secret_post' ? 'client_secret_post' : 'client_secret_basic',
  };
}
