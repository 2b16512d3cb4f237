import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Installed, inCache } from '../../peers/in-cache.ts';

const SOURCE = fileURLToPath(new URL('.', import.meta.url));
const PROGRAM = 'github.com/distribution/distribution/v3/cmd/registry';
const BUILD_TIMEOUT_MS = 600_000;

/** How long whoever needs the registry may have to wait for it, in milliseconds. */
export const REGISTRY_TIMEOUT_MS = BUILD_TIMEOUT_MS + 60_000;

/** The CNCF’s registry: Debian’s `docker-registry` where it is on PATH, else built once with Go into the cache. */
export async function installRegistry(): Promise<Installed> {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const debian = folders.map((folder) => join(folder, 'docker-registry')).find((path) => existsSync(path));
  if (debian !== undefined) return { kind: 'installed', path: debian };
  const sources = await Promise.all(['go.mod', 'go.sum'].map((name) => readFile(join(SOURCE, name), 'utf8')));
  const name = `registry-${hash('sha256', sources.join('\n')).slice(0, 16)}`;
  const installed = await inCache(name, async (folder) => {
    const options = { cwd: SOURCE, timeout: BUILD_TIMEOUT_MS };
    await promisify(execFile)('go', ['build', '-o', join(folder, 'registry'), PROGRAM], options);
  });
  return installed.kind === 'installed'
    ? { ...installed, path: join(installed.path, 'registry') }
    : installed;
}
