import { type CredentialConfiguration, Failure, type ServerConfiguration } from '@bailiff/contract';
import type { CredentialedServer, UpstreamCredentials } from './credentials.ts';
import { ExchangedCredentials } from './exchanged-credentials.ts';
import { GrantedCredentials } from './granted-credentials.ts';
import { type GuardedFetch, type GuardOptions, openGuardedFetch } from './guard/guarded-fetch.ts';
import { Issuers } from './issuers.ts';
import { environmentCredentials, fileCredentials } from './static-credentials.ts';
import type { OAuthClient, TokenStore } from './token-store.ts';

export type OAuthConfiguration = Extract<CredentialConfiguration, { from: 'oauth' }>;

export interface CredentialsOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where grants of logins are; not asked for unless a server is configured for them. */
  readonly store: TokenStore | undefined;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Names are resolved by the system unless a test does it. */
  readonly guard?: Omit<GuardOptions, 'configured'>;
  log(level: 'info' | 'warn', server: string, message: string): void;
}

/** Credentials of all servers that have one. Closing it ends requests to issuers. */
export interface Credentials extends AsyncDisposable {
  readonly byServer: ReadonlyMap<string, UpstreamCredentials>;
}

type Servers = Readonly<Record<string, ServerConfiguration>>;

/** Whether any server’s credential comes of a login, so that a store of tokens is needed. */
export function needsTokenStore(servers: Servers): boolean {
  return Object.values(servers).some((server) => {
    const credential = credentialOf(server);
    return credential?.from === 'oauth' && !credential.exchange;
  });
}

/**
 * What the gateway shows each of its servers. Nobody is asked for anything before a call needs it.
 * @throws Failure `configuration_invalid` naming the server and the variable that is not set.
 */
export function openCredentials(servers: Servers, options: CredentialsOptions): Credentials {
  const closing = new AbortController();
  const opened: GuardedFetch[] = [];
  const byServer = new Map<string, UpstreamCredentials>();
  for (const [name, server] of Object.entries(servers)) {
    const credential = credentialOf(server);
    if (credential === undefined || server.transport === 'stdio') continue;
    const at = { name, url: server.url };
    switch (credential.from) {
      case 'environment':
        byServer.set(name, environmentCredentials(at, credential, options.environment));
        break;
      case 'file':
        byServer.set(name, fileCredentials(at, credential));
        break;
      case 'oauth': {
        const guard = openGuardedFetch({ ...options.guard, configured: configuredAddresses(at, credential) });
        opened.push(guard);
        byServer.set(
          name,
          oauthCredentials(at, credential, { ...options, opened: guard, signal: closing.signal }),
        );
        break;
      }
    }
  }
  return {
    byServer,
    async [Symbol.asyncDispose]() {
      closing.abort(new Failure('upstream_unavailable', 'The gateway is stopping.'));
      await Promise.all(opened.map((guard) => guard[Symbol.asyncDispose]()));
    },
  };
}

/** Addresses that may be asked wherever they are, because the configuration of this very server names them. */
export function configuredAddresses(
  { url }: CredentialedServer,
  { issuer }: OAuthConfiguration,
): readonly string[] {
  return issuer === undefined ? [url] : [url, issuer];
}

/** The client that was registered beforehand; undefined when there is none. @throws Failure `configuration_invalid`. */
export function configuredClient(
  { name }: CredentialedServer,
  { client_id: id, client_secret }: OAuthConfiguration,
  environment: Readonly<Record<string, string | undefined>>,
): OAuthClient | undefined {
  if (id === undefined) return undefined;
  if (client_secret === undefined) return { id, method: 'none' };
  const secret = environment[client_secret.env];
  if (secret !== undefined && secret !== '') return { id, secret, method: 'client_secret_basic' };
  throw new Failure(
    'configuration_invalid',
    `servers.${name}.credential: client_secret takes its value from the environment variable ${client_secret.env}, which is not set.`,
  );
}

function credentialOf(server: ServerConfiguration): CredentialConfiguration | undefined {
  return server.transport === 'stdio' ? undefined : server.credential;
}

function oauthCredentials(
  server: CredentialedServer,
  credential: OAuthConfiguration,
  options: CredentialsOptions & { readonly opened: GuardedFetch; readonly signal: AbortSignal },
): UpstreamCredentials {
  const { opened: guard, store, clock, signal, environment } = options;
  const issuers = new Issuers(guard, clock);
  const client = configuredClient(server, credential, environment);
  const { issuer, per, audience, scopes, resource = server.url } = credential;
  if (credential.exchange) {
    if (issuer === undefined || client === undefined)
      throw new Failure(
        'configuration_invalid',
        `servers.${server.name}.credential: An exchange needs issuer and client_id.`,
      );
    return new ExchangedCredentials({
      server,
      issuer,
      client,
      resource,
      audience,
      scopes,
      guard,
      issuers,
      clock,
      signal,
    });
  }
  if (store === undefined) throw new Failure('internal', 'There is no store of tokens.');
  const log = (level: 'info' | 'warn', message: string) => options.log(level, server.name, message);
  return new GrantedCredentials({ server, per, issuer, store, guard, issuers, clock, signal, log });
}
