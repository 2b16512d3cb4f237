import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Installed, inCache } from './in-cache.ts';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 300_000;
const OPTIONS = ['--quiet', '--disable-pip-version-check', '--no-compile', '--retries', '1'];

/** Two, because the agents’ packages want an older `mcp` than today’s. */
export type PythonPeers = 'mcp' | 'agents';

const asked = new Map<PythonPeers, Promise<Installed>>();

/** A Python that has the packages of `python/requirements-PEERS.txt`, installed once per such file into the cache. */
export function installPython(peers: PythonPeers): Promise<Installed> {
  const installing = asked.get(peers) ?? install(peers);
  asked.set(peers, installing);
  return installing;
}

function install(peers: PythonPeers): Promise<Installed> {
  return installRequirements(
    peers,
    fileURLToPath(new URL(`python/requirements-${peers}.txt`, import.meta.url)),
  );
}

/** A Python that has what a file of requirements names, installed once per such file into the cache. */
export async function installRequirements(what: string, requirements: string): Promise<Installed> {
  const name = `python-${what}-${hash('sha256', await readFile(requirements)).slice(0, 16)}`;
  // An environment may be moved as long as it is its Python that is run: only the commands beside that name their folder.
  const installed = await inCache(name, async (folder) => {
    const options = { timeout: INSTALL_TIMEOUT_MS };
    await run('python3', ['-m', 'venv', folder], options);
    const python = join(folder, 'bin', 'python');
    await run(python, ['-m', 'pip', 'install', ...OPTIONS, '-r', requirements], options);
  });
  return installed.kind === 'installed'
    ? { ...installed, path: join(installed.path, 'bin', 'python') }
    : installed;
}
