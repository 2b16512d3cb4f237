import { ServerConfiguration } from '@bailiff/contract';
import { type JWTPayload, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CredentialHeaders, UpstreamCredentials } from './credentials.ts';
import { openCredentials } from './open-credentials.ts';
import {
  type AuthorizationServer,
  type AuthorizationServerOptions,
  CONFIGURED_CLIENT,
  openAuthorizationServer,
} from './testing/authorization-server.ts';
import { type DemandingServer, openDemandingServer } from './testing/demanding-server.ts';

const NEVER = new AbortController().signal;
const KEY = new TextEncoder().encode('a key that is of no account here');

let opened: AsyncDisposableStack;
let issuer: AuthorizationServer;
let server: DemandingServer;
let nowMs = 0;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  nowMs = Date.now();
  await open();
});
afterEach(() => opened.disposeAsync());

async function open(options: AuthorizationServerOptions = {}): Promise<void> {
  issuer = opened.use(await openAuthorizationServer(options));
  server = opened.use(await openDemandingServer(issuer.issuer));
}

function gateway(): UpstreamCredentials {
  const configuration = ServerConfiguration.parse({
    transport: 'http',
    url: server.url,
    credential: {
      from: 'oauth',
      per: 'user',
      issuer: issuer.issuer,
      client_id: CONFIGURED_CLIENT.id,
      client_secret: { env: 'SECRET' },
      exchange: true,
    },
  });
  const credentials = opened.use(
    openCredentials(
      { demanding: configuration },
      {
        environment: { SECRET: CONFIGURED_CLIENT.secret },
        store: undefined,
        clock: () => nowMs,
        log: () => undefined,
      },
    ),
  );
  const found = credentials.byServer.get('demanding');
  if (found === undefined) throw new Error('there are no credentials');
  return found;
}

/** A caller’s token. Whether it is good was looked at when its bearer came in, so any signature will do here. */
function callers(claims: JWTPayload = {}): Promise<string> {
  return new SignJWT({ iss: issuer.issuer, sub: 'mara', exp: Math.floor(nowMs / 1_000) + 3_600, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(KEY);
}

const ask = (
  credentials: UpstreamCredentials,
  subjectToken: string | undefined,
): Promise<CredentialHeaders> =>
  credentials.headersFor({ agent: 'support-bot', user: 'mara', subjectToken }, NEVER);

describe('a caller’s token', () => {
  test('is exchanged at its issuer for one of the server’s, and is itself seen by the issuer alone', async () => {
    const credentials = gateway();
    const token = await callers();
    const headers = await ask(credentials, token);
    expect(await server.accepts(headers)).toBe(true);
    expect(issuer.asked).toHaveLength(1);
    expect(Object.fromEntries(issuer.asked[0] ?? [])).toMatchObject({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      resource: server.url,
    });
    expect(server.seen.length).toBeGreaterThan(0);
    for (const part of [token, ...token.split('.')]) expect(server.seen.join('\n')).not.toContain(part);
    expect(server.seen.join('\n')).not.toContain(CONFIGURED_CLIENT.secret);
  });

  test('is exchanged once while what came of it is good, and each caller’s for itself', async () => {
    const credentials = gateway();
    const [maras, lees] = [await callers(), await callers({ sub: 'lee' })];
    const first = await Promise.all(Array.from({ length: 20 }, () => ask(credentials, maras)));
    expect(new Set(first).size).toBe(1);
    expect(issuer.count('POST /token')).toBe(1);
    expect(await ask(credentials, lees)).not.toEqual(first[0]);
    expect(issuer.count('POST /token')).toBe(2);
  });

  test('is exchanged again once what came of it is old, or the server refuses that', async () => {
    const credentials = gateway();
    const token = await callers({ exp: Math.floor(nowMs / 1_000) + 100_000 });
    const first = await ask(credentials, token);
    credentials.rejected({ agent: 'a', user: 'mara', subjectToken: token }, 'Bearer', first);
    await Promise.resolve();
    const second = await ask(credentials, token);
    expect(second).not.toEqual(first);
    nowMs += 3_600_000;
    expect(await ask(credentials, token)).not.toEqual(second);
    expect(issuer.count('POST /token')).toBe(3);
  });

  test('that has expired opens nothing that came of it', async () => {
    const credentials = gateway();
    const token = await callers({ exp: Math.floor(nowMs / 1_000) + 60 });
    await ask(credentials, token);
    nowMs += 61_000;
    await ask(credentials, token);
    expect(issuer.count('POST /token')).toBe(2); // the issuer is asked, and would refuse
  });

  test('of another issuer is shown to nobody', async () => {
    await expect(ask(gateway(), await callers({ iss: 'https://other.example' }))).rejects.toMatchObject({
      code: 'upstream_unavailable',
    });
    expect(issuer.asked).toHaveLength(0);
  });

  test('that a caller does not have, as one with an API key, ends in words that say so', async () => {
    await expect(ask(gateway(), undefined)).rejects.toMatchObject({
      code: 'upstream_unavailable',
      detail: expect.stringContaining('exchanged'),
    });
  });
});

test('the gateway’s own questions have a token of its own, which no caller is served with', async () => {
  const credentials = gateway();
  const own = await credentials.headersFor({ agent: '', user: '' }, NEVER);
  expect(await server.accepts(own)).toBe(true);
  expect(issuer.asked[0]?.get('grant_type')).toBe('client_credentials');
  await expect(ask(credentials, undefined)).rejects.toMatchObject({ code: 'upstream_unavailable' });
  expect(await ask(credentials, await callers())).not.toEqual(own);
});

describe('an issuer', () => {
  test('that does not list the exchange is not asked for one', async () => {
    await open({ metadata: (all) => ({ ...all, grant_types_supported: ['authorization_code'] }) });
    await expect(ask(gateway(), await callers())).rejects.toMatchObject({
      detail: 'The issuer does not exchange tokens.',
    });
    expect(issuer.count('POST /token')).toBe(0);
  });

  test('that gives the caller’s own token back has it refused', async () => {
    let token = '';
    await open({
      override(request, response) {
        if (request.url !== '/token') return false;
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ access_token: token, token_type: 'Bearer' }));
        return true;
      },
    });
    token = await callers();
    await expect(ask(gateway(), token)).rejects.toMatchObject({ code: 'upstream_invalid' });
  });

  test('that refuses has its code told and none of its words', async () => {
    await open({
      override(request, response) {
        if (request.url !== '/token') return false;
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error: 'invalid_target', error_description: 'canary' }));
        return true;
      },
    });
    const failure: unknown = await ask(gateway(), await callers()).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ detail: expect.stringContaining('invalid_target') });
    expect(String(failure) + String((failure as Error).cause)).not.toContain('canary');
  });
});
