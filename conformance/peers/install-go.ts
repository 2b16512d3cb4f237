import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Installed, inCache } from './in-cache.ts';

const SOURCE = fileURLToPath(new URL('go', import.meta.url));
const BUILD_TIMEOUT_MS = 300_000;

let asked: Promise<Installed> | undefined;

/** The client made with the Go SDK, built once per version of its source into the cache. */
export function installGo(): Promise<Installed> {
  asked ??= install();
  return asked;
}

async function install(): Promise<Installed> {
  const sources = await Promise.all(
    ['main.go', 'go.sum'].map((name) => readFile(join(SOURCE, name), 'utf8')),
  );
  const name = `go-client-${hash('sha256', sources.join('\n')).slice(0, 16)}`;
  const installed = await inCache(name, async (folder) => {
    const options = { cwd: SOURCE, timeout: BUILD_TIMEOUT_MS };
    await promisify(execFile)('go', ['build', '-o', join(folder, 'client'), '.'], options);
  });
  return installed.kind === 'installed' ? { ...installed, path: join(installed.path, 'client') } : installed;
}
