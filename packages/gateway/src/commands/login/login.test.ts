import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Failure } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadConfiguration } from '../../config.ts';
import { until } from '../../enforcement/testing/until.ts';
import { openCredentials } from '../../enforcement/upstream/credentials/open-credentials.ts';
import {
  type AuthorizationServer,
  openAuthorizationServer,
} from '../../enforcement/upstream/credentials/testing/authorization-server.ts';
import { browse } from '../../enforcement/upstream/credentials/testing/browser.ts';
import {
  type DemandingServer,
  openDemandingServer,
} from '../../enforcement/upstream/credentials/testing/demanding-server.ts';
import { openTokenFiles } from '../../stores/tokens/token-files.ts';
import { loginCommand } from './login.ts';
import { openBrowser } from './open-browser.ts';

const NEVER = new AbortController().signal;

let opened: AsyncDisposableStack;
let folder: string;
let issuer: AuthorizationServer;
let server: DemandingServer;
const file = () => join(folder, 'bailiff.yaml');

beforeEach(async () => {
  opened = new AsyncDisposableStack();
  folder = await mkdtemp(join(tmpdir(), 'bailiff-login-'));
  opened.defer(() => rm(folder, { recursive: true }));
  issuer = opened.use(await openAuthorizationServer());
  server = opened.use(await openDemandingServer(issuer.issuer));
  await configure('{}');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await opened.disposeAsync();
});

const configure = (credential: string) =>
  writeFile(
    file(),
    [
      'policy: {directory: .}',
      'data_dir: data',
      'servers:',
      '  plain: {transport: http, url: "https://plain.example/mcp"}',
      '  demanding:',
      '    transport: http',
      `    url: ${server.url}`,
      `    credential: {...}`.replace(
        '{...}',
        `{from: oauth, issuer: "${issuer.issuer}", ${credential.slice(1)}`,
      ),
      '',
    ].join('\n'),
  );

interface Printed {
  readonly out: string;
  readonly err: string;
}

/** Runs the command; a person follows the address that it prints. */
async function run(...words: string[]): Promise<Printed> {
  let [out, err] = ['', ''];
  let isFollowed = false;
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    out += String(chunk);
    const address = /^http:\/\/\S+$/m.exec(out)?.[0];
    if (address !== undefined && !isFollowed) {
      isFollowed = true;
      void browse(new URL(address));
    }
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    err += String(chunk);
    return true;
  });
  try {
    const command = loginCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    await command.parseAsync([...words, '--config', file()], { from: 'user' });
  } finally {
    vi.restoreAllMocks();
  }
  return { out, err };
}

/** Whether a gateway with this configuration is let in at the server. */
async function isLetIn(user = 'mara'): Promise<boolean> {
  const { configuration } = await loadConfiguration(file());
  const store = await openTokenFiles(configuration.data_dir, process.env);
  await using credentials = openCredentials(configuration.servers, {
    environment: process.env,
    store,
    clock: Date.now,
    log: () => undefined,
  });
  const found = credentials.byServer.get('demanding');
  if (found === undefined) throw new Error('there are no credentials');
  return server.accepts(await found.headersFor({ agent: 'support-bot', user }, NEVER));
}

describe('a login', () => {
  test('lets the gateway in, and prints no token anywhere', async () => {
    const { out, err } = await run('demanding', '--no-browser');
    expect(await isLetIn()).toBe(true);
    expect(err).toContain('demanding, the gateway');
    const { configuration } = await loadConfiguration(file());
    const grant = await (await openTokenFiles(configuration.data_dir, {})).read({
      server: 'demanding',
      user: '',
    });
    for (const token of [grant?.accessToken, grant?.refreshToken]) {
      expect(token).toBeDefined();
      expect(out + err).not.toContain(token);
    }
  });

  test('is at a server of the release, where the configuration has none of that name', async () => {
    const configured = await readFile(file(), 'utf8');
    const credential = `{from: oauth, issuer: "${issuer.issuer}"}`;
    const servers = `servers:\n  demanding: {transport: http, url: "${server.url}", credential: ${credential}}\n`;
    await writeFile(join(folder, 'release.yaml'), servers);
    await writeFile(file(), 'policy: {directory: .}\ndata_dir: data\nservers: {}\n');
    expect((await run('demanding', '--url')).err).toContain('demanding, the gateway');
    expect((await run('demanding', '--remove')).out).toBe('The login is removed.\n');
    expect(issuer.count('POST /token/revocation')).toBe(2);
    await expect(run('other')).rejects.toMatchObject({
      detail: expect.stringContaining('nor in the release'),
    });
    await run('demanding', '--url');
    await writeFile(file(), configured);
    expect(await isLetIn()).toBe(true);
  });

  test('prints the address and nothing else where a program wants it', async () => {
    const { out } = await run('demanding', '--url');
    expect(out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/auth\?\S+\n$/);
  });

  test('is one user’s where credentials are per user', async () => {
    await configure('{per: user}');
    await run('demanding', '--user', 'mara', '--url');
    expect(await isLetIn('mara')).toBe(true);
    await expect(isLetIn('lee')).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });

  test('is listed, and removed with its issuer told', async () => {
    await run('demanding', '--url');
    expect((await run('--list')).out).toMatch(
      /^demanding, the gateway: at http:\S+, scopes .*tools:read.*\n$/,
    );
    expect((await run('plain', '--list')).out).toBe('There are no logins.\n');
    expect((await run('demanding', '--remove')).out).toBe('The login is removed.\n');
    expect(issuer.count('POST /token/revocation')).toBe(2);
    await expect(isLetIn()).rejects.toMatchObject({ code: 'upstream_unavailable' });
    await expect(run('demanding', '--remove')).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([
    ['a server that there is not', ['other'], 'There is no server'],
    ['a server that wants none', ['plain'], 'wants no login'],
    ['no server', [], 'Name the server'],
    ['a user where it is everybody’s', ['demanding', '--user', 'mara'], 'everybody’s'],
  ])('at %s is refused in words that mend it', async (_what, words, told) => {
    const thrown: unknown = await run(...words).catch((failure: unknown) => failure);
    expect(thrown).toBeInstanceOf(Failure);
    expect((thrown as Failure).detail).toContain(told);
  });

  test('without a user where credentials are per user is the gateway’s own, and no caller’s', async () => {
    await configure('{per: user}');
    expect((await run('demanding', '--url')).err).toContain('Calls need --user');
    for (const user of ['mara', ''])
      await expect(isLetIn(user)).rejects.toMatchObject({ code: 'upstream_unavailable' });
  });
});

describe.runIf(process.platform === 'linux')('the browser', () => {
  const withOpener = async () => {
    const opener = join(folder, 'xdg-open');
    await writeFile(
      opener,
      `#!/bin/sh\nprintf '%s\\n' "$#" "$@" > '${join(folder, 'opened.part')}'\nmv '${join(folder, 'opened.part')}' '${join(folder, 'opened')}'\n`,
    );
    await chmod(opener, 0o700);
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`);
    opened.defer(() => void vi.unstubAllEnvs());
  };
  const openedWith = async () => {
    const read = () => readFile(join(folder, 'opened'), 'utf8').catch(() => '');
    await until(async () => (await read()) !== '');
    return read();
  };

  test('is given the address as its one argument, which no shell reads', async () => {
    await withOpener();
    const address = new URL(`https://a.example/$(touch%20x);\`id\`?a='b'&c="d"|e`);
    expect(await openBrowser(address)).toBe(true);
    expect(await openedWith()).toBe(`1\n${address.href}\n`);
  });

  test.each([
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://a.example/',
  ])('is not given %s', async (address) => {
    await withOpener();
    expect(await openBrowser(new URL(address))).toBe(false);
  });

  test('that is not there is told', async () => {
    vi.stubEnv('PATH', join(folder, 'nothing'));
    opened.defer(() => void vi.unstubAllEnvs());
    expect(await openBrowser(new URL('https://a.example/'))).toBe(false);
  });
});
