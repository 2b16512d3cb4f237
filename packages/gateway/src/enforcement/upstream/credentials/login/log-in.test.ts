import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type CredentialConfiguration, Failure, ServerConfiguration } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openGuardedFetch } from '../guard/guarded-fetch.ts';
import { configuredAddresses, configuredClient, type OAuthConfiguration } from '../open-credentials.ts';
import {
  type AuthorizationServer,
  type AuthorizationServerOptions,
  CONFIGURED_CLIENT,
  openAuthorizationServer,
} from '../testing/authorization-server.ts';
import { browse } from '../testing/browser.ts';
import { type DemandingServer, openDemandingServer } from '../testing/demanding-server.ts';
import type { Grant } from '../token-store.ts';
import { logIn } from './log-in.ts';

let opened: AsyncDisposableStack;
let issuer: AuthorizationServer;
let server: DemandingServer;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  await open();
});
afterEach(() => opened.disposeAsync());

async function open(options: AuthorizationServerOptions = {}): Promise<void> {
  issuer = opened.use(await openAuthorizationServer(options));
  server = opened.use(await openDemandingServer(issuer.issuer));
}

interface Attempt {
  readonly credential?: Record<string, unknown>;
  /** What the person does with the address; follows it when absent. */
  readonly person?: (address: URL) => Promise<unknown>;
  readonly signal?: AbortSignal;
}

/** The configured issuer is named where the guard is not the matter: addresses of tests are never public ones. */
async function attempt({ credential = {}, person = browse, signal }: Attempt = {}): Promise<Grant> {
  const configuration = credentialOf({ issuer: issuer.issuer, ...credential });
  const at = { name: 'demanding', url: server.url };
  const configured = configuredAddresses(at, configuration);
  await using guard = openGuardedFetch({ configured });
  const client = configuredClient(at, configuration, { SECRET: CONFIGURED_CLIENT.secret });
  return await logIn(
    {
      server: at,
      credential: configuration,
      configured,
      client,
      user: '',
      port: 0,
      guard,
      clock: Date.now,
      newId: randomUUID,
      show: async (address) => void person(address).catch(() => undefined),
    },
    signal ?? AbortSignal.timeout(20_000),
  );
}

function credentialOf(oauth: Record<string, unknown>): OAuthConfiguration {
  const parsed = ServerConfiguration.parse({
    transport: 'http',
    url: server.url,
    credential: { from: 'oauth', ...oauth },
  });
  const credential: CredentialConfiguration | undefined =
    parsed.transport === 'http' ? parsed.credential : undefined;
  if (credential?.from !== 'oauth') throw new Error('an oauth credential was expected');
  return credential;
}

async function refusalOf(attempted: Promise<unknown>): Promise<Failure> {
  const thrown: unknown = await attempted.then(
    () => new Error('it was not refused'),
    (failure: unknown) => failure,
  );
  if (!(thrown instanceof Failure)) throw thrown;
  return thrown;
}

const bearer = ({ accessToken }: Grant) => ({ authorization: `Bearer ${accessToken}` });

describe('a login', () => {
  test('ends with a token that the server accepts, for this server, with the scopes that it asked for', async () => {
    const grant = await attempt();
    expect(grant).toMatchObject({
      server: 'demanding',
      serverUrl: server.url,
      resource: server.url,
      issuer: issuer.issuer,
      scope: expect.stringContaining('tools:read'),
      refreshToken: expect.any(String),
      expiresAtMs: expect.any(Number),
    });
    expect(grant.scope).not.toContain('tools:write');
    expect(await server.accepts(bearer(grant))).toBe(true);
  });

  test('asks with PKCE S256, a state, the resource and an exact loopback address, and sends the resource again', async () => {
    let shown: URL | undefined;
    await attempt({
      person: (address) => {
        shown = address;
        return browse(address);
      },
    });
    expect(Object.fromEntries(shown?.searchParams ?? [])).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      resource: server.url,
      redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/),
    });
    expect(issuer.asked).toHaveLength(1);
    expect(issuer.asked[0]?.get('resource')).toBe(server.url);
    expect(issuer.asked[0]?.get('redirect_uri')).toBe(shown?.searchParams.get('redirect_uri'));
    expect(issuer.asked[0]?.get('code_verifier')).toMatch(/^[\w-]{43}$/);
  });

  test('uses the configured client with its secret, and registers none', async () => {
    const credential = { client_id: CONFIGURED_CLIENT.id, client_secret: { env: 'SECRET' } };
    const grant = await attempt({ credential });
    expect(grant.client.id).toBe(CONFIGURED_CLIENT.id);
    expect(issuer.count('POST /reg')).toBe(0);
    expect(await server.accepts(bearer(grant))).toBe(true);
  });

  test('is keyed to its issuer: a client registered at one is never shown to another', async () => {
    const first = await attempt();
    await open();
    const second = await attempt();
    expect(second.issuer).not.toBe(first.issuer);
    expect(second.client.id).not.toBe(first.client.id);
  });

  test('names the document that the operator hosts where the issuer reads such documents, and registers nothing', async () => {
    await open({ metadata: (all) => ({ ...all, client_id_metadata_document_supported: true }) });
    const document = 'https://gateway.example/client.json';
    const { promise, resolve } = Promise.withResolvers<URL>();
    const leaving = new AbortController();
    const person = async (address: URL) => {
      resolve(address);
      leaving.abort();
    };
    await refusalOf(
      attempt({ credential: { client_metadata_url: document }, person, signal: leaving.signal }),
    );
    expect((await promise).searchParams.get('client_id')).toBe(document);
    expect(issuer.count('POST /reg')).toBe(0);
  });

  test('where no client can be had says how to configure one', async () => {
    await open({ registers: false });
    expect(await refusalOf(attempt())).toMatchObject({
      code: 'configuration_invalid',
      detail: expect.stringContaining('client_id'),
    });
  });

  test('that a person refuses is refused, in the words of a code', async () => {
    const person = async (address: URL) => {
      const back = new URL(address.searchParams.get('redirect_uri') ?? '');
      const parameters = { error: 'access_denied', error_description: 'canary', iss: issuer.issuer };
      back.search = String(
        new URLSearchParams({ ...parameters, state: address.searchParams.get('state') ?? '' }),
      );
      await fetch(back);
    };
    const failure = await refusalOf(attempt({ person }));
    expect(failure.detail).toBe('The login was refused: access_denied.');
  });

  test('that nobody finishes ends with the signal, and its port is free again', async () => {
    let redirect = '';
    const leaving = new AbortController();
    const person = async (address: URL) => {
      redirect = address.searchParams.get('redirect_uri') ?? '';
      leaving.abort(new Failure('upstream_timeout', 'too late'));
    };
    expect(await refusalOf(attempt({ person, signal: leaving.signal }))).toMatchObject({
      detail: 'too late',
    });
    await expect(fetch(redirect)).rejects.toThrow();
  });
});

/** Comes back to the gateway with what a test makes of the issuer’s answer. */
function comingBackWith(change: (parameters: URLSearchParams) => void) {
  return async (address: URL): Promise<unknown> => {
    const real = URL.parse(address.searchParams.get('redirect_uri') ?? '');
    if (real === null) throw new Error('there is no redirect address');
    // The issuer’s own last answer leads to the gateway: taken before the browser goes there.
    const parameters = await answerOf(address, real);
    change(parameters);
    return fetch(`${real.href}?${parameters}`);
  };
}

async function answerOf(address: URL, redirect: URL): Promise<URLSearchParams> {
  const original = globalThis.fetch;
  let taken = new URLSearchParams();
  globalThis.fetch = async (input, init) => {
    const url = new URL(String(input));
    if (url.origin !== redirect.origin) return original(input, init);
    taken = url.searchParams;
    return new Response('taken');
  };
  try {
    await browse(address);
  } finally {
    globalThis.fetch = original;
  }
  return taken;
}

describe('an answer to a login', () => {
  test.each<[string, (parameters: URLSearchParams) => void]>([
    ['of another issuer (mix-up)', (parameters) => parameters.set('iss', 'https://evil.example')],
    [
      'of an issuer that differs in a slash',
      (parameters) => parameters.set('iss', `${parameters.get('iss')}/`),
    ],
    ['of no issuer, where the issuer names itself', (parameters) => parameters.delete('iss')],
    ['of two issuers', (parameters) => parameters.append('iss', 'https://evil.example')],
  ])('%s is refused before any code is sent anywhere', async (_what, change) => {
    const failure = await refusalOf(attempt({ person: comingBackWith(change) }));
    expect(failure.detail).toContain('not of the authorization server that was asked');
    expect(issuer.count('POST /token')).toBe(0);
  });

  test('of another issuer that tells an error has none of its words told', async () => {
    const person = comingBackWith((parameters) => {
      parameters.set('iss', 'https://evil.example');
      parameters.set('error', 'go_to_evil_example');
    });
    expect((await refusalOf(attempt({ person }))).detail).not.toContain('evil');
  });

  test('with another state, none, or two is turned away, and the login waits on for the real one', async () => {
    const statuses: number[] = [];
    const person = async (address: URL) => {
      const redirect = new URL(address.searchParams.get('redirect_uri') ?? '');
      const parameters = await answerOf(address, redirect);
      const state = parameters.get('state') ?? '';
      for (const query of ['state=wrong&code=x', 'code=x', `state=${state}&state=${state}&code=x`])
        statuses.push((await fetch(`${redirect}?${query}`)).status);
      statuses.push((await fetch(`${redirect.origin}/other?${parameters}`)).status);
      statuses.push((await fetch(`${redirect}?${parameters}`, { method: 'POST' })).status);
      statuses.push((await fetch(`${redirect}?${parameters}`)).status);
    };
    const grant = await attempt({ person });
    expect(statuses).toEqual([400, 400, 400, 400, 400, 200]);
    expect(await server.accepts(bearer(grant))).toBe(true);
  });

  test('is not kept waiting for by whoever connects and says nothing', async () => {
    const person = async (address: URL) => {
      const redirect = new URL(address.searchParams.get('redirect_uri') ?? '');
      const silent = connect(Number(redirect.port), '127.0.0.1');
      silent.on('error', () => undefined);
      await once(silent, 'connect');
      silent.write('GET /callback HTTP/1.1\r\n');
      await browse(address);
    };
    expect(await server.accepts(bearer(await attempt({ person, signal: AbortSignal.timeout(5_000) })))).toBe(
      true,
    );
  }, 10_000);

  test('counts once: the same one again is turned away', async () => {
    const statuses: number[] = [];
    const person = async (address: URL) => {
      const redirect = new URL(address.searchParams.get('redirect_uri') ?? '');
      const parameters = await answerOf(address, redirect);
      const answers = await Promise.all(
        [1, 2].map(() => fetch(`${redirect}?${parameters}`).catch(() => undefined)),
      );
      for (const answered of answers) if (answered !== undefined) statuses.push(answered.status);
    };
    await attempt({ person });
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });
});

describe('an authorization server', () => {
  test.each<[string, AuthorizationServerOptions['metadata'], string]>([
    ['that names another issuer', (all) => ({ ...all, issuer: 'https://honest.example' }), 'another issuer'],
    [
      'whose name differs in a slash',
      (all) => ({ ...all, issuer: `${String(all.issuer)}/` }),
      'another issuer',
    ],
    ['that does not say it supports PKCE', ({ code_challenge_methods_supported: _, ...all }) => all, 'PKCE'],
    [
      'that supports plain PKCE only',
      (all) => ({ ...all, code_challenge_methods_supported: ['plain'] }),
      'PKCE',
    ],
    [
      'whose page is a script',
      (all) => ({ ...all, authorization_endpoint: 'javascript:alert(1)' }),
      'address that is not asked',
    ],
    [
      'whose page is a command',
      (all) => ({ ...all, authorization_endpoint: 'file:///etc/passwd' }),
      'address that is not asked',
    ],
    [
      'whose token endpoint is in another network',
      (all) => ({ ...all, token_endpoint: 'https://169.254.169.254/token' }),
      'address that is not asked',
    ],
    [
      'whose registration is in another network',
      (all) => ({ ...all, registration_endpoint: 'http://10.0.0.1/reg' }),
      'address that is not asked',
    ],
  ])('%s is refused', async (_what, metadata, words) => {
    await open(metadata === undefined ? {} : { metadata });
    expect((await refusalOf(attempt())).detail).toContain(words);
  });

  test('that the server names, but the configuration does not, must have a public address', async () => {
    const failure = await refusalOf(attempt({ credential: { issuer: undefined } }));
    expect(failure.detail).toContain('address that is not asked');
    expect(issuer.count('GET /.well-known/oauth-authorization-server')).toBe(0);
  });

  test('that the server does not name is refused', async () => {
    server.metadata = { ...server.metadata, authorization_servers: ['https://other.example'] };
    expect(await refusalOf(attempt())).toMatchObject({ code: 'configuration_invalid' });
  });
});

describe('a server', () => {
  test.each([
    ['another origin', 'https://other.example/mcp'],
    ['another path', '/mcp/deeper'],
    ['a path that only begins alike', '/mc'],
  ])('whose metadata are about %s is refused', async (_what, path) => {
    server.metadata = { ...server.metadata, resource: new URL(path, server.url).href };
    expect((await refusalOf(attempt())).detail).toContain('not about this server');
  });

  test('whose metadata are about its whole origin is asked for with that', async () => {
    server.metadata = { ...server.metadata, resource: new URL(server.url).origin };
    expect(await attempt()).toMatchObject({ resource: new URL(server.url).origin });
  });
});
