import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, ServerConfiguration } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTokenFiles } from '../../../stores/tokens/token-files.ts';
import { until } from '../../testing/until.ts';
import type { UpstreamCredentials } from './credentials.ts';
import { openGuardedFetch } from './guard/guarded-fetch.ts';
import { logIn } from './login/log-in.ts';
import { type Credentials, type OAuthConfiguration, openCredentials } from './open-credentials.ts';
import { type AuthorizationServer, openAuthorizationServer } from './testing/authorization-server.ts';
import { browse } from './testing/browser.ts';
import { type DemandingServer, openDemandingServer } from './testing/demanding-server.ts';
import type { TokenStore } from './token-store.ts';

const NEVER = new AbortController().signal;
const ANYBODY = { agent: 'support-bot', user: 'mara' };

let opened: AsyncDisposableStack;
let issuer: AuthorizationServer;
let server: DemandingServer;
let store: TokenStore;
let nowMs = 0;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  issuer = opened.use(await openAuthorizationServer());
  server = opened.use(await openDemandingServer(issuer.issuer));
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-granted-'));
  opened.defer(() => rm(folder, { recursive: true }));
  store = await openTokenFiles(folder, {});
  nowMs = Date.now();
});
afterEach(() => opened.disposeAsync());

const configurationOf = (credential: Record<string, unknown> = {}) =>
  ServerConfiguration.parse({
    transport: 'http',
    url: server.url,
    credential: { from: 'oauth', issuer: issuer.issuer, ...credential },
  });

function gateway(credential: Record<string, unknown> = {}): UpstreamCredentials {
  const credentials: Credentials = openCredentials(
    { demanding: configurationOf(credential) },
    { environment: {}, store, clock: () => nowMs, log: () => undefined },
  );
  opened.use(credentials);
  const found = credentials.byServer.get('demanding');
  if (found === undefined) throw new Error('there are no credentials');
  return found;
}

async function login({ user = '', id = 'login-1' } = {}): Promise<void> {
  const configuration = configurationOf();
  if (configuration.transport !== 'http' || configuration.credential?.from !== 'oauth')
    throw new Error('not oauth');
  const credential: OAuthConfiguration = configuration.credential;
  const configured = [server.url, issuer.issuer];
  await using guard = openGuardedFetch({ configured });
  const show = async (address: URL) => void browse(address);
  const at = { name: 'demanding', url: server.url };
  const options = { server: at, credential, configured, client: undefined, user, port: 0, guard, show };
  const grant = await logIn({ ...options, clock: () => nowMs, newId: () => id }, NEVER);
  await store.write(grant);
}

async function failureOf(attempted: Promise<unknown>): Promise<Failure> {
  const thrown: unknown = await attempted.then(
    () => new Error('it was not refused'),
    (failure: unknown) => failure,
  );
  if (!(thrown instanceof Failure)) throw thrown;
  return thrown;
}

/** Requests to the token endpoint after the login’s own. */
const renewals = () => issuer.count('POST /token') - 1;

describe('a login’s token', () => {
  test('is what the server wants, for whoever asks, and is not renewed while it is good', async () => {
    const credentials = gateway();
    await login();
    for (const user of ['mara', 'lee', ''])
      expect(await server.accepts(await credentials.headersFor({ agent: 'a', user }, NEVER))).toBe(true);
    expect(renewals()).toBe(0);
  });

  test('where there is none is refused with the command that mends it, and used as soon as it is there', async () => {
    const credentials = gateway();
    expect(await failureOf(credentials.headersFor(ANYBODY, NEVER))).toMatchObject({
      code: 'upstream_unavailable',
      detail: expect.stringContaining('./bailiff login demanding'),
    });
    await login();
    expect(await server.accepts(await credentials.headersFor(ANYBODY, NEVER))).toBe(true);
  });

  test('is renewed before it expires, once for everybody who waits, and the renewed one is kept', async () => {
    const credentials = gateway();
    issuer.lifetimeSeconds = 100;
    await login();
    const first = await credentials.headersFor(ANYBODY, NEVER);
    nowMs += 80_000;
    const early = await Promise.all(Array.from({ length: 50 }, () => credentials.headersFor(ANYBODY, NEVER)));
    expect(early.every(({ authorization }) => authorization === first.authorization)).toBe(true); // nobody waits for it
    await until(
      async () => (await credentials.headersFor(ANYBODY, NEVER)).authorization !== first.authorization,
    );
    const renewed = await Promise.all(
      Array.from({ length: 50 }, () => credentials.headersFor(ANYBODY, NEVER)),
    );
    expect(new Set(renewed.map(({ authorization }) => authorization)).size).toBe(1);
    expect(renewed[0]?.authorization).not.toBe(first.authorization);
    expect(renewals()).toBe(1);
    expect(issuer.asked.at(-1)?.get('resource')).toBe(server.url);
    expect(`Bearer ${(await store.read({ server: 'demanding', user: '' }))?.accessToken}`).toBe(
      renewed[0]?.authorization,
    );
    expect(await server.accepts(renewed[0] ?? {})).toBe(true);
  });

  test('is renewed by rotating refresh tokens again and again', async () => {
    const credentials = gateway();
    issuer.lifetimeSeconds = 100;
    await login();
    for (let round = 1; round <= 4; round += 1) {
      nowMs += 101_000;
      const all = await Promise.all(Array.from({ length: 10 }, () => credentials.headersFor(ANYBODY, NEVER)));
      expect(new Set(all.map(({ authorization }) => authorization)).size).toBe(1);
      expect(renewals()).toBe(round);
    }
    expect(new Set(issuer.asked.slice(1).map((body) => body.get('refresh_token'))).size).toBe(4);
  });

  test('is renewed after a restart', async () => {
    issuer.lifetimeSeconds = 100;
    await login();
    nowMs += 200_000;
    expect(await server.accepts(await gateway().headersFor(ANYBODY, NEVER))).toBe(true);
    expect(renewals()).toBe(1);
  });

  test('of another login is used within a second', async () => {
    const credentials = gateway();
    await login();
    const first = await credentials.headersFor(ANYBODY, NEVER);
    await login({ id: 'login-2' });
    nowMs += 1_000;
    expect(await credentials.headersFor(ANYBODY, NEVER)).not.toEqual(first);
  });

  test('of a login that was removed is not used any more', async () => {
    const credentials = gateway();
    await login();
    await credentials.headersFor(ANYBODY, NEVER);
    await store.remove({ server: 'demanding', user: '' });
    nowMs += 1_000;
    expect(await failureOf(credentials.headersFor(ANYBODY, NEVER))).toMatchObject({
      code: 'upstream_unavailable',
    });
  });
});

describe('a token that the server refuses', () => {
  test('is renewed once for everybody; one that is late to say so spoils nothing', async () => {
    const credentials = gateway();
    await login();
    const sent = await Promise.all(Array.from({ length: 10 }, () => credentials.headersFor(ANYBODY, NEVER)));
    nowMs += 120_000;
    for (const headers of sent.slice(0, 9)) credentials.rejected(ANYBODY, 'Bearer', headers);
    const renewed = await credentials.headersFor(ANYBODY, NEVER);
    credentials.rejected(ANYBODY, 'Bearer', sent[9]);
    expect(await credentials.headersFor(ANYBODY, NEVER)).toEqual(renewed);
    expect(renewed).not.toEqual(sent[0]);
    expect(renewals()).toBe(1);
  });

  test('again right after its renewal ends in the command that mends it, without asking the issuer again', async () => {
    const credentials = gateway();
    await login();
    credentials.rejected(ANYBODY, 'Bearer', await credentials.headersFor(ANYBODY, NEVER));
    credentials.rejected(ANYBODY, 'Bearer', await credentials.headersFor(ANYBODY, NEVER));
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect(await failureOf(credentials.headersFor(ANYBODY, NEVER))).toMatchObject({
        detail: expect.stringContaining('./bailiff login demanding'),
      });
      nowMs += 10_000;
    }
    expect(renewals()).toBe(1);
    await login({ id: 'login-2' });
    expect(await server.accepts(await credentials.headersFor(ANYBODY, NEVER))).toBe(true);
  });
});

test('a token that was renewed for its age and is then refused is renewed once more', async () => {
  const credentials = gateway();
  issuer.lifetimeSeconds = 1_000;
  await login();
  for (let round = 1; round <= 3; round += 1) {
    credentials.rejected(ANYBODY, 'Bearer', await credentials.headersFor(ANYBODY, NEVER));
    await credentials.headersFor(ANYBODY, NEVER);
    expect(renewals()).toBe(round * 2 - 1);
    nowMs += 1_001_000;
    await credentials.headersFor(ANYBODY, NEVER);
    expect(renewals()).toBe(round * 2);
  }
});

describe('an issuer', () => {
  test('that has revoked the login is asked once, and its words are told to nobody', async () => {
    const credentials = gateway();
    issuer.lifetimeSeconds = 100;
    await login();
    issuer.revokeAll();
    nowMs += 200_000;
    const failures = [];
    for (let attempt = 0; attempt < 4; attempt += 1)
      failures.push(await failureOf(credentials.headersFor(ANYBODY, NEVER)));
    for (const failure of failures) {
      expect(failure).toMatchObject({ code: 'upstream_unavailable' });
      expect(failure.detail).toContain('./bailiff login demanding');
      expect(JSON.stringify(failure) + failure.stack + String(failure.cause)).not.toContain('canary');
    }
    expect(renewals()).toBe(1);
  });

  test('that refuses a refresh token is not asked with it again', async () => {
    const credentials = gateway();
    issuer.lifetimeSeconds = 100;
    await login();
    const grant = await store.read({ server: 'demanding', user: '' });
    if (grant === undefined) throw new Error('there is no grant');
    await store.write({ ...grant, refreshToken: 'unknown-there' });
    nowMs += 200_000;
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await failureOf(credentials.headersFor(ANYBODY, NEVER));
      nowMs += 60_000;
    }
    expect(renewals()).toBe(1);
  });

  test('that is away leaves a token good that has not expired, and is not asked by every call', async () => {
    const credentials = gateway();
    issuer.lifetimeSeconds = 100;
    await login();
    await credentials.headersFor(ANYBODY, NEVER);
    await issuer[Symbol.asyncDispose]();
    nowMs += 80_000;
    expect(await credentials.headersFor(ANYBODY, NEVER)).toHaveProperty('authorization');
    nowMs += 30_000;
    expect(await failureOf(credentials.headersFor(ANYBODY, NEVER))).toMatchObject({
      code: 'upstream_unavailable',
      detail: expect.stringContaining('at present'),
    });
  });
});

describe('a login', () => {
  test('of one user is never used for another, nor for an agent that acts for nobody', async () => {
    const credentials = gateway({ per: 'user' });
    await login({ user: 'mara' });
    expect(await server.accepts(await credentials.headersFor(ANYBODY, NEVER))).toBe(true);
    for (const user of ['lee', 'Mara', 'mara ', ''])
      expect(await failureOf(credentials.headersFor({ agent: 'support-bot', user }, NEVER))).toMatchObject({
        code: 'upstream_unavailable',
      });
  });

  test('of the gateway itself, where each user has one, serves no caller', async () => {
    const credentials = gateway({ per: 'user' });
    await login();
    expect(await server.accepts(await credentials.headersFor({ agent: '', user: '' }, NEVER))).toBe(true);
    for (const user of ['mara', ''])
      expect(await failureOf(credentials.headersFor({ agent: 'support-bot', user }, NEVER))).toMatchObject({
        code: 'upstream_unavailable',
      });
  });

  test('is not used once the configuration names another server or issuer under its name', async () => {
    await login();
    const grant = await store.read({ server: 'demanding', user: '' });
    if (grant === undefined) throw new Error('there is no grant');
    await store.write({ ...grant, serverUrl: 'https://other.example/mcp' });
    expect(await failureOf(gateway().headersFor(ANYBODY, NEVER))).toMatchObject({
      code: 'upstream_unavailable',
    });
    await store.write({ ...grant, issuer: 'https://other.example' });
    expect(await failureOf(gateway().headersFor(ANYBODY, NEVER))).toMatchObject({
      code: 'upstream_unavailable',
    });
  });
});

test('a token for another audience is one that the server refuses', async () => {
  await login();
  await using other = await openDemandingServer(issuer.issuer);
  expect(await other.accepts(await gateway().headersFor(ANYBODY, NEVER))).toBe(false);
});

test('a caller that leaves waits no longer, and what it began goes on for others', async () => {
  const credentials = gateway();
  issuer.lifetimeSeconds = 100;
  await login();
  nowMs += 200_000;
  const leaving = new AbortController();
  const [left, stayed] = [
    credentials.headersFor(ANYBODY, leaving.signal),
    credentials.headersFor(ANYBODY, NEVER),
  ];
  leaving.abort();
  expect(await failureOf(left)).toMatchObject({ code: 'client_gone' });
  expect(await server.accepts(await stayed)).toBe(true);
  expect(renewals()).toBe(1);
});
