import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Configuration, ServerConfiguration } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { UpstreamCredentials } from './credentials.ts';
import { needsTokenStore, openCredentials } from './open-credentials.ts';

const NEVER = new AbortController().signal;
const URL_OF_SERVER = 'https://server.example/mcp';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bailiff-static-'));
});
afterEach(() => rm(folder, { recursive: true }));

const serverWith = (credential: Record<string, unknown>, rest: Record<string, unknown> = {}) =>
  ServerConfiguration.parse({ transport: 'http', url: URL_OF_SERVER, credential, ...rest });

function gateway(
  credential: Record<string, unknown>,
  environment: Record<string, string> = {},
): UpstreamCredentials {
  const servers = { github: serverWith(credential) };
  const options = { environment, store: undefined, clock: Date.now, log: () => undefined };
  const found = openCredentials(servers, options).byServer.get('github');
  if (found === undefined) throw new Error('there are no credentials');
  return found;
}

const ask = (credentials: UpstreamCredentials, user = 'mara') =>
  credentials.headersFor({ agent: 'support-bot', user }, NEVER);

describe('a credential from the environment', () => {
  test('is sent as a bearer token, or as the server wants it', async () => {
    const environment = { KEY: 'k-1' };
    expect(await ask(gateway({ from: 'environment', variable: 'KEY' }, environment))).toEqual({
      authorization: 'Bearer k-1',
    });
    const own = { from: 'environment', variable: 'KEY', header: 'x-api-key', scheme: '' };
    expect(await ask(gateway(own, environment))).toEqual({ 'x-api-key': 'k-1' });
  });

  test('of one user is not another’s', async () => {
    const credential = { from: 'environment', per: 'user', variables: { mara: 'KEY' } };
    const credentials = gateway(credential, { KEY: 'k-1' });
    expect(await ask(credentials)).toEqual({ authorization: 'Bearer k-1' });
    for (const user of ['lee', '', 'Mara', 'constructor', '__proto__'])
      await expect(ask(credentials, user)).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });

  test.each([
    ['is not set', {}],
    ['is empty', { KEY: '' }],
    ['would end the header', { KEY: 'k\r\nx-evil: 1' }],
  ])('that %s is told by name before anything starts', (_what, environment) => {
    expect(() => gateway({ from: 'environment', variable: 'KEY' }, environment)).toThrow(
      /servers\.github\.credential: The environment variable KEY/,
    );
  });
});

describe('a credential from a file', () => {
  test('is read anew, without the newline at its end', async () => {
    const path = join(folder, 'key');
    const credentials = gateway({ from: 'file', path });
    await expect(ask(credentials)).rejects.toMatchObject({ code: 'upstream_unavailable' });
    await writeFile(path, 'k-1\n');
    expect(await ask(credentials)).toEqual({ authorization: 'Bearer k-1' });
    await writeFile(path, 'k-2');
    expect(await ask(credentials)).toEqual({ authorization: 'Bearer k-2' });
  });

  test.each([
    ['empty', ''],
    ['two lines', 'k-1\nk-2'],
    ['endless', 'k'.repeat(70_000)],
    ['no text', '\u0000'],
  ])('that is %s is refused, and nothing of it told', async (_what, content) => {
    const path = join(folder, 'key');
    await writeFile(path, content);
    const failure: unknown = await ask(gateway({ from: 'file', path })).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'upstream_unavailable' });
    expect(String(failure)).not.toContain('k-1');
  });

  test('of one user is in the file of exactly that name, and no name leads elsewhere', async () => {
    await writeFile(join(folder, 'outside'), 'outside');
    const users = join(folder, 'users');
    await mkdir(users);
    await writeFile(join(users, 'mara%40acme%2Eexample'), 'of-mara');
    await writeFile(join(users, 'lee'), 'of-lee');
    const credentials = gateway({ from: 'file', per: 'user', path: users });
    expect(await ask(credentials, 'mara@acme.example')).toEqual({ authorization: 'Bearer of-mara' });
    expect(await ask(credentials, 'lee')).toEqual({ authorization: 'Bearer of-lee' });
    for (const user of ['', '.', '..', '../outside', 'Lee', 'lee\u0000', `${folder}/outside`])
      await expect(ask(credentials, user)).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });
});

const OWN = { agent: '', user: '' };

describe('the gateway’s own credential, where each user has one,', () => {
  test('stands in a variable of its own, and serves no caller', async () => {
    const credential = { from: 'environment', per: 'user', variables: { mara: 'KEY' }, variable: 'OWN' };
    const credentials = gateway(credential, { KEY: 'k-1', OWN: 'k-2' });
    expect(await credentials.headersFor(OWN, NEVER)).toEqual({ authorization: 'Bearer k-2' });
    await expect(ask(credentials, '')).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });

  test('stands in a file of its own, and serves no caller', async () => {
    await writeFile(join(folder, 'gateway.own'), 'k-2');
    const credentials = gateway({ from: 'file', per: 'user', path: folder });
    expect(await credentials.headersFor(OWN, NEVER)).toEqual({ authorization: 'Bearer k-2' });
    for (const user of ['', 'gateway.own', 'gateway%2Eown'])
      await expect(ask(credentials, user)).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });
});

test('the configuration of the guide is one', async () => {
  const guide = await readFile(
    new URL('../../../../../../docs/guides/credentials.md', import.meta.url),
    'utf8',
  );
  const [, text = ''] = /^```yaml\n(.*?)^```$/ms.exec(guide) ?? [];
  const { servers } = Configuration.parse({ policy: { directory: '.' }, ...parse(text) });
  expect(Object.keys(servers)).toEqual(['search', 'wiki', 'github', 'crm']);
});

test('users of several issuers have credentials of their own only where it is said that they are the same', () => {
  const issuer = (name: string) => ({ issuer: name, audience: 'bailiff', jwks_file: 'keys.json' });
  const faultsOf = (identity: Record<string, unknown>, credential: Record<string, unknown>) =>
    Configuration.safeParse({
      policy: { directory: '.' },
      identity,
      servers: { github: { transport: 'http', url: URL_OF_SERVER, credential } },
    }).error?.issues.map(({ path }) => path.join('.'));
  const perUser = { from: 'file', per: 'user', path: folder };
  const issuers = [issuer('https://one.example'), issuer('https://two.example')];
  expect(faultsOf({ issuers }, perUser)).toEqual(['identity.same_users']);
  expect(faultsOf({ issuers, same_users: true }, perUser)).toBeUndefined();
  expect(faultsOf({ issuers: issuers.slice(1) }, perUser)).toBeUndefined();
  expect(faultsOf({ issuers }, { ...perUser, per: 'server' })).toBeUndefined();
});

describe('a configuration', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>?]>([
    ['that names no variable', { from: 'environment' }],
    ['that names variables of users for everybody', { from: 'environment', variables: { mara: 'KEY' } }],
    ['that names no user’s variable', { from: 'environment', per: 'user', variable: 'KEY' }],
    [
      'that has the header twice',
      { from: 'environment', variable: 'KEY' },
      { headers: { Authorization: 'x' } },
    ],
    ['that sends tokens in clear', { from: 'oauth' }, { url: 'http://server.example/mcp' }],
    [
      'that sends tokens in clear to a name like this machine’s',
      { from: 'oauth' },
      { url: 'http://127.0.0.1.evil.example/' },
    ],
    ['that names a client and no issuer', { from: 'oauth', client_id: 'a' }],
    ['that names a secret and no client', { from: 'oauth', client_secret: { env: 'S' } }],
    ['that exchanges nowhere', { from: 'oauth', exchange: true }],
    ['that names an audience and exchanges nothing', { from: 'oauth', audience: 'a' }],
    ['that keeps its document in clear', { from: 'oauth', client_metadata_url: 'http://a.example/c.json' }],
  ])('%s is refused', (_what, credential, rest) => {
    expect(() => serverWith(credential, rest)).toThrow();
  });

  test('needs a store of tokens for logins, and for nothing else', () => {
    const issuer = 'https://issuer.example';
    expect(needsTokenStore({ a: serverWith({ from: 'oauth' }) })).toBe(true);
    const exchange = { from: 'oauth', issuer, client_id: 'a', exchange: true };
    expect(needsTokenStore({ a: serverWith(exchange), b: serverWith({ from: 'file', path: 'x' }) })).toBe(
      false,
    );
  });
});
