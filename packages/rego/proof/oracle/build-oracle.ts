import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SOURCE = fileURLToPath(new URL('.', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../../.cache', import.meta.url));
const BUILD_TIMEOUT_MS = 600_000;

/**
 * Path of the Go program beside this file, built once per version of its source into the cache of the repository.
 * @throws {Error} when it cannot be built: Go is missing, or OPA's module can be had neither from Go's cache nor its proxy.
 */
export async function buildOracle(): Promise<string> {
  const names = (await readdir(SOURCE)).filter((name) => /\.(go|mod|sum)$/.test(name)).sort();
  const sources = await Promise.all(names.map((name) => readFile(join(SOURCE, name), 'utf8')));
  const folder = join(CACHE, `rego-oracle-${hash('sha256', sources.join('\0')).slice(0, 16)}`);
  const program = join(folder, 'oracle');
  if (await exists(program)) return program;
  await mkdir(folder, { recursive: true });
  // Built beside its place and moved there: what is half built is never run, whoever builds at the same time.
  const part = `${program}.${process.pid}.part`;
  try {
    await promisify(execFile)('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', part, '.'], {
      cwd: SOURCE,
      timeout: BUILD_TIMEOUT_MS,
      env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' },
    });
    await rename(part, program);
  } catch (cause) {
    await rm(part, { force: true });
    throw new Error(`The oracle could not be built; Go 1.26 or newer is needed. ${String(cause)}`, { cause });
  }
  return program;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

if (import.meta.main) process.stdout.write(`${await buildOracle()}\n`);
