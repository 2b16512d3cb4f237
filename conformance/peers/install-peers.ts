import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Installed, inCache } from './in-cache.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** Preloaded into a process, it lets scripts of this repository import what is installed for the peers. */
const RESOLVE_PEERS = new URL('resolve-peers.mjs', import.meta.url).href;
const INSTALL_TIMEOUT_MS = 300_000;
const OPTIONS = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=1'];

/** Each process asks once, so that a registry that cannot be reached is waited for once. */
let asked: Promise<Installed> | undefined;

/**
 * The folder that holds `node_modules` with the clients, servers and suites of others, exactly as the lockfile beside this
 * file says. Installed once per lockfile, into the cache.
 */
export function installPeers(): Promise<Installed> {
  asked ??= installLocked('peers', HERE);
  return asked;
}

/** A folder of the cache whose `node_modules` is exactly as the lockfile in `from` says, installed once per lockfile. */
export async function installLocked(name: string, from: string): Promise<Installed> {
  const lockfile = await readFile(join(from, 'package-lock.json'), 'utf8');
  return inCache(`${name}-${hash('sha256', lockfile).slice(0, 16)}`, async (folder) => {
    for (const file of ['package.json', 'package-lock.json'])
      await copyFile(join(from, file), join(folder, file));
    // npm runs on the Node that is first in PATH, and some peers refuse older ones.
    const path = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
    await promisify(execFile)('npm', ['ci', ...OPTIONS], {
      cwd: folder,
      timeout: INSTALL_TIMEOUT_MS,
      env: { ...process.env, PATH: path },
    });
  });
}

/** Options for Node and the environment in which a script of this repository finds its peers. */
export function withPeers(peers: string): { readonly options: string[]; readonly env: NodeJS.ProcessEnv } {
  return {
    options: ['--disable-warning=ExperimentalWarning', '--import', RESOLVE_PEERS],
    env: { ...process.env, PEERS_FOLDER: peers },
  };
}
