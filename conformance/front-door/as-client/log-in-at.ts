import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { CredentialConfiguration } from '../../../packages/contract/src/index.ts';
import { openGuardedFetch } from '../../../packages/gateway/src/enforcement/upstream/credentials/guard/guarded-fetch.ts';
import { logIn } from '../../../packages/gateway/src/enforcement/upstream/credentials/login/log-in.ts';
import {
  configuredAddresses,
  configuredClient,
  type OAuthConfiguration,
} from '../../../packages/gateway/src/enforcement/upstream/credentials/open-credentials.ts';
import { browse } from '../../../packages/gateway/src/enforcement/upstream/credentials/testing/browser.ts';
import { openTokenFiles } from '../../../packages/gateway/src/stores/tokens/token-files.ts';
import type { Scenario } from './open-driver.ts';

/** Scenarios whose server lets nobody in without a token. */
export const OAUTH_SCENARIO = /^auth\//;

const LOGIN_TIMEOUT_MS = 20_000;

/** The address that the suite expects of clients that have a document about themselves. */
const METADATA_URL = 'https://conformance-test.local/client-metadata.json';
const SECRET_VARIABLE = 'FRONT_DOOR_CLIENT_SECRET';

/** The credential as an operator configures it, who has looked up which authorization server is meant: it is on this machine. */
export async function oauthAt({ url, context }: Scenario): Promise<OAuthConfiguration> {
  const { client_id, client_secret } = context;
  if (client_secret !== undefined) process.env[SECRET_VARIABLE] = client_secret;
  const client =
    client_id === undefined
      ? { client_metadata_url: METADATA_URL }
      : { client_id, ...(client_secret === undefined ? {} : { client_secret: { env: SECRET_VARIABLE } }) };
  const parsed = CredentialConfiguration.parse({ from: 'oauth', issuer: await issuerOf(url), ...client });
  if (parsed.from !== 'oauth') throw new Error('no credential of OAuth');
  return parsed;
}

const ResourceMetadata = z.looseObject({ authorization_servers: z.array(z.string()) });

/** What the server’s own metadata say; its own origin where it has none. */
async function issuerOf(url: string): Promise<string> {
  const { origin, pathname } = new URL(url);
  const probe = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  const named = /resource_metadata="([^"]+)"/.exec(probe.headers.get('www-authenticate') ?? '')?.[1];
  await probe.text();
  const wellKnown = `${origin}/.well-known/oauth-protected-resource`;
  for (const address of [named, `${wellKnown}${pathname}`, wellKnown]) {
    if (address === undefined) continue;
    const answer = await fetch(address);
    const metadata = answer.ok ? ResourceMetadata.safeParse(await answer.json()) : undefined;
    const [issuer] = metadata?.data?.authorization_servers ?? [];
    if (issuer !== undefined) return issuer;
  }
  return origin;
}

/** What `bailiff login` does, with a browser that agrees to everything. @throws Failure as that does. */
export async function logInAt(
  url: string,
  credential: OAuthConfiguration,
  dataDirectory: string,
): Promise<void> {
  const server = { name: 'under_test', url };
  const configured = configuredAddresses(server, credential);
  const client = configuredClient(server, credential, process.env);
  const store = await openTokenFiles(dataDirectory, process.env);
  await using guard = openGuardedFetch({ configured });
  const show = async (address: URL) => {
    void browse(address);
  };
  const asked = { server, credential, configured, client, user: '', port: 0, guard };
  const grant = await logIn(
    { ...asked, clock: Date.now, newId: randomUUID, show },
    AbortSignal.timeout(LOGIN_TIMEOUT_MS),
  );
  await store.write(grant);
}
