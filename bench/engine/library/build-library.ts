import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inCache } from '../../../conformance/peers/in-cache.ts';

const SOURCE = fileURLToPath(new URL('.', import.meta.url));
const FILES = ['go.mod', 'go.sum', 'main.go'];
const BUILD_TIMEOUT_MS = 600_000;

/** The Go program beside this file, built once for each version of its source; or why it cannot be had. */
export async function buildLibrary() {
  const sources = await Promise.all(FILES.map((name) => readFile(join(SOURCE, name), 'utf8')));
  const name = `bench-library-${hash('sha256', sources.join('\0')).slice(0, 16)}`;
  return inCache(name, async (folder) => {
    await promisify(execFile)('go', ['build', '-trimpath', '-o', join(folder, 'library'), '.'], {
      cwd: SOURCE,
      timeout: BUILD_TIMEOUT_MS,
      env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' },
    });
  });
}
