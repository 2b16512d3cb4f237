import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Failure } from '@bailiff/contract';
import { Command, InvalidArgumentError } from 'commander';
import { type LoadedConfiguration, loadConfiguration } from '../../config.ts';
import { BundleFailure } from '../../distribution/finding.ts';
import { openGuardedFetch } from '../../enforcement/upstream/credentials/guard/guarded-fetch.ts';
import { logIn } from '../../enforcement/upstream/credentials/login/log-in.ts';
import { logOut } from '../../enforcement/upstream/credentials/login/log-out.ts';
import {
  configuredAddresses,
  configuredClient,
  type OAuthConfiguration,
} from '../../enforcement/upstream/credentials/open-credentials.ts';
import type { Grant } from '../../enforcement/upstream/credentials/token-store.ts';
import { openTokenFiles } from '../../stores/tokens/token-files.ts';
import { defaultConfigurationFile } from '../places.ts';
import { RELEASE, releaseServers } from '../tools/release-servers.ts';
import { openBrowser } from './open-browser.ts';

/** How long a person may take. */
const LOGIN_TIMEOUT_MS = 600_000;

interface LoginOptions {
  readonly user: string;
  readonly browser: boolean;
  readonly url?: true;
  readonly port: number;
  readonly list?: true;
  readonly remove?: true;
  readonly config: string;
}

/** `bailiff login`: lets the gateway into a server that wants a token, with a person’s consent in a browser. */
export function loginCommand(): Command {
  return new Command('login')
    .description('Log the gateway in at a server whose credential is from OAuth; tokens are kept encrypted.')
    .argument('[server]', 'the server’s name in the configuration, or in the release of its policy folder')
    .option('--user <id>', 'the user whose login it is, where credentials are per user', '')
    .option('--no-browser', 'only print the address, for a browser that you open yourself')
    .option('--url', 'print the address and nothing else on standard output, and open no browser')
    .option(
      '--port <number>',
      'port on 127.0.0.1 that the browser comes back to; any free one by default',
      portOf,
      0,
    )
    .option('--list', 'list logins instead')
    .option('--remove', 'remove the login instead, and tell its issuer')
    .option('--config <file>', 'configuration of the gateway', defaultConfigurationFile())
    .action(async (server: string | undefined, options: LoginOptions) => {
      const loaded = await loadConfiguration(options.config);
      if (options.list === true) return list(loaded, server);
      if (server === undefined)
        throw new Failure('bad_request', 'Name the server, as ./bailiff login SERVER, or --list.');
      return options.remove === true ? remove(server, loaded, options) : login(server, loaded, options);
    });
}

async function login(name: string, loaded: LoadedConfiguration, options: LoginOptions): Promise<void> {
  const { server, credential, configured } = await loginAt(name, loaded, options.user);
  const client = configuredClient(server, credential, process.env);
  const store = await openTokenFiles(loaded.configuration.data_dir, process.env);
  await using guard = openGuardedFetch({ configured });
  const timeout = new Failure('upstream_timeout', 'Nobody has logged in within ten minutes. Try again.');
  const expired = new AbortController();
  const timer = setTimeout(() => expired.abort(timeout), LOGIN_TIMEOUT_MS);
  try {
    const { user, port } = options;
    const show = (address: URL, issuer: string) => present(address, issuer, options);
    const asked = { server, credential, configured, client, user, port, guard };
    const grant = await logIn({ ...asked, clock: Date.now, newId: randomUUID, show }, expired.signal);
    await store.write(grant);
    process.stderr.write(`${told(grant)}\nA running gateway uses it from now on.\n`);
    if (credential.per === 'user' && user === '')
      process.stderr.write('It is for the gateway’s own questions, as for lists. Calls need --user USER.\n');
  } finally {
    clearTimeout(timer);
  }
}

async function present(address: URL, issuer: string, { browser, url }: LoginOptions): Promise<void> {
  if (url === true) {
    process.stdout.write(`${address.href}\n`);
    return;
  }
  process.stdout.write(
    `Let the gateway in at ${visible(issuer)}, in a browser on this machine:\n\n${address.href}\n\n`,
  );
  if (browser && !(await openBrowser(address)))
    process.stdout.write('No browser could be opened: open the address yourself.\n');
}

async function list({ configuration }: LoadedConfiguration, only: string | undefined): Promise<void> {
  const store = await openTokenFiles(configuration.data_dir, process.env);
  const grants = (await store.list()).filter(({ server }) => only === undefined || server === only);
  const lines = grants.length === 0 ? ['There are no logins.'] : grants.map(told);
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function remove(name: string, loaded: LoadedConfiguration, { user }: LoginOptions): Promise<void> {
  const store = await openTokenFiles(loaded.configuration.data_dir, process.env);
  const grant = await store.read({ server: name, user }).catch(() => undefined); // one that is unreadable is removed too
  if (!(await store.remove({ server: name, user })))
    throw new Failure('not_found', `There is no login at ${name}${user === '' ? '' : ' of this user'}.`);
  process.stdout.write('The login is removed.\n');
  if (grant === undefined) return;
  // The tokens are gone, whether or not anybody still says where they were from.
  const { settings: server } = (await settingsOf(name, loaded).catch(() => undefined)) ?? {};
  const issuer =
    server?.transport === 'stdio' || server?.credential?.from !== 'oauth'
      ? undefined
      : server.credential.issuer;
  await using guard = openGuardedFetch({ configured: issuer === undefined ? [] : [issuer] });
  const isTold = await logOut(grant, guard);
  if (!isTold) process.stderr.write('Its issuer could not be told: the tokens are good until they expire.\n');
}

/** A server’s settings, and the file that they stand in: the configuration, or else the release; undefined where there is none. */
async function settingsOf(name: string, { configuration, file }: LoadedConfiguration) {
  const own = Object.hasOwn(configuration.servers, name) ? configuration.servers[name] : undefined;
  if (own !== undefined) return { settings: own, file };
  const { directory } = configuration.policy;
  const { servers } = await releaseServers(directory).catch((thrown: unknown) => {
    if (!(thrown instanceof BundleFailure)) throw thrown;
    throw new Failure(
      'not_found',
      `There is no server ${visible(name)} in ${file}, and the servers of the release cannot be read:\n${thrown.detail}`,
    );
  });
  const settings = Object.hasOwn(servers, name) ? servers[name] : undefined;
  return settings && { settings, file: join(directory, RELEASE) };
}

/** The server and what is said of it. @throws Failure when there is nothing to log in to. */
async function loginAt(name: string, loaded: LoadedConfiguration, user: string) {
  const said = await settingsOf(name, loaded);
  if (said === undefined)
    throw new Failure(
      'not_found',
      `There is no server ${visible(name)} in ${loaded.file}, nor in the release of ${loaded.configuration.policy.directory}.`,
    );
  const { settings: found, file } = said;
  const credential = found.transport === 'stdio' ? undefined : found.credential;
  if (found.transport === 'stdio' || credential?.from !== 'oauth')
    throw new Failure(
      'configuration_invalid',
      `The server ${name} wants no login. Where it does, set servers.${name}.credential: {from: oauth} in ${file}.`,
    );
  if (credential.exchange)
    throw new Failure(
      'configuration_invalid',
      `Tokens for ${name} are exchanged for those of callers; there is no login.`,
    );
  if (credential.per === 'server' && user !== '')
    throw new Failure(
      'bad_request',
      `The credential at ${name} is everybody’s: leave out --user, or set per: user.`,
    );
  const server = { name, url: found.url };
  return {
    server,
    credential: credential satisfies OAuthConfiguration,
    configured: configuredAddresses(server, credential),
  };
}

function told({ server, user, issuer, scope, expiresAtMs, refreshToken }: Grant): string {
  const until =
    expiresAtMs === undefined ? 'until it is revoked' : `until ${new Date(expiresAtMs).toISOString()}`;
  const life = refreshToken === undefined ? until : `${until}, renewed by itself`;
  const whose = user === '' ? 'the gateway' : visible(user);
  return `${server}, ${whose}: at ${visible(issuer)}, scopes ${scope === '' ? 'unknown' : visible(scope)}, ${life}`;
}

/** Text of others, without what would steer a terminal. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '�');
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError('Write a number from 1 to 65535.');
}
