import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Principal, ServerConfiguration } from '@bailiff/contract';
import { SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTokenFiles } from '../../../stores/tokens/token-files.ts';
import { toolCall } from '../../testing/calls.ts';
import { openUpstreams } from '../open-upstreams.ts';
import { openGuardedFetch } from './guard/guarded-fetch.ts';
import { logIn } from './login/log-in.ts';
import { openCredentials } from './open-credentials.ts';
import {
  type AuthorizationServer,
  CONFIGURED_CLIENT,
  openAuthorizationServer,
} from './testing/authorization-server.ts';
import { browse } from './testing/browser.ts';
import { type DemandingServer, openDemandingServer } from './testing/demanding-server.ts';
import type { TokenStore } from './token-store.ts';

const NEVER = new AbortController().signal;

let opened: AsyncDisposableStack;
let issuer: AuthorizationServer;
let server: DemandingServer;
let store: TokenStore;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  issuer = opened.use(await openAuthorizationServer());
  server = opened.use(await openDemandingServer(issuer.issuer));
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-through-'));
  opened.defer(() => rm(folder, { recursive: true }));
  store = await openTokenFiles(folder, {});
});
afterEach(() => opened.disposeAsync());

/** A call to the server as the gateway makes it, on behalf of mara. */
function gateway(
  oauth: Record<string, unknown>,
  subjectTokenOf?: (principal: Principal) => string | undefined,
) {
  const credential = { from: 'oauth', issuer: issuer.issuer, ...oauth };
  const demanding = ServerConfiguration.parse({
    transport: 'http',
    url: server.url,
    credential,
    protocol: 'session',
  });
  const environment = { SECRET: CONFIGURED_CLIENT.secret };
  const log = () => undefined;
  const credentials = opened.use(
    openCredentials({ demanding }, { environment, store, clock: Date.now, log }),
  ).byServer;
  const options = { environment, credentials, subjectTokenOf, directory: '.', log };
  const upstream = opened.use(openUpstreams({ demanding }, options)).byName.get('demanding');
  if (upstream === undefined) throw new Error('there is no upstream');
  return (id: string) => {
    const { bytes = Buffer.alloc(0), principal } = toolCall('call', { decisionId: id });
    const conversation = { key: 'one', capabilities: {}, principal };
    return upstream.forward({ id, bytes, conversation, channel: undefined, timeoutMs: 10_000 }, NEVER);
  };
}

async function login(): Promise<string> {
  const at = { name: 'demanding', url: server.url };
  const configured = [server.url, issuer.issuer];
  await using guard = openGuardedFetch({ configured });
  const credential = { from: 'oauth', per: 'server', issuer: issuer.issuer, exchange: false } as const;
  const show = async (address: URL) => void browse(address);
  const options = { server: at, credential, configured, client: undefined, user: '', port: 0, guard, show };
  const grant = await logIn({ ...options, clock: Date.now, newId: () => 'login-1' }, NEVER);
  await store.write(grant);
  return grant.accessToken;
}

/** Bodies of calls that came in. */
const calls = () => server.seen.filter((request) => request.includes('tools/call'));

describe('a call to a server that wants a token', () => {
  test('is let in with that of a login', async () => {
    await login();
    expect(await gateway({})('call-1')).toMatchObject({ json: expect.stringContaining('let in') });
    expect(calls()).toHaveLength(1);
  });

  test('is repeated once with a renewed token where the server refuses the first', async () => {
    const call = gateway({});
    const token = await login();
    await call('call-1');
    server.refused.add(token);
    expect(await call('call-2')).toMatchObject({ json: expect.stringContaining('let in') });
    expect(calls()).toHaveLength(3);
    expect(issuer.asked.map((body) => body.get('grant_type'))).toEqual([
      'authorization_code',
      'refresh_token',
    ]);
  });

  test('without a login fails with the command that mends it, and nothing is sent', async () => {
    await expect(gateway({})('call-1')).rejects.toMatchObject({
      code: 'upstream_unavailable',
      detail: expect.stringContaining('./bailiff login demanding'),
    });
    expect(server.seen).toEqual([]);
  });
});

test('what a caller came in with is exchanged, and no part of it is ever seen by the server', async () => {
  const token = await new SignJWT({ iss: issuer.issuer, sub: 'canary-mara', exp: Date.now() })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode('a key that is of no account here'));
  const oauth = {
    per: 'user',
    client_id: CONFIGURED_CLIENT.id,
    client_secret: { env: 'SECRET' },
    exchange: true,
  };
  const asked: Principal[] = [];
  const call = gateway(oauth, (principal) => {
    asked.push(principal);
    return token;
  });
  expect(await call('call-1')).toMatchObject({ json: expect.stringContaining('let in') });
  expect(asked[0]?.userId).toBe('mara');
  expect(issuer.asked.map((body) => body.get('subject_token'))).toContain(token);
  const all = server.seen.join('\n');
  for (const part of [token, ...token.split('.'), 'canary', CONFIGURED_CLIENT.secret])
    expect(all).not.toContain(part);
});
