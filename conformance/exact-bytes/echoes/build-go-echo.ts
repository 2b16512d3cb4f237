import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Installed, inCache } from '../../peers/in-cache.ts';

const SOURCE = fileURLToPath(new URL('go', import.meta.url));
const BUILD_TIMEOUT_MS = 300_000;

/** The server in Go, built once per version of its source into the cache. */
export async function buildGoEcho(): Promise<Installed> {
  const sources = await Promise.all(
    ['main.go', 'go.mod'].map((name) => readFile(join(SOURCE, name), 'utf8')),
  );
  const installed = await inCache(
    `go-echo-${hash('sha256', sources.join('\n')).slice(0, 16)}`,
    async (folder) => {
      const options = { cwd: SOURCE, timeout: BUILD_TIMEOUT_MS };
      await promisify(execFile)('go', ['build', '-o', join(folder, 'echo'), '.'], options);
    },
  );
  return installed.kind === 'installed' ? { ...installed, path: join(installed.path, 'echo') } : installed;
}
