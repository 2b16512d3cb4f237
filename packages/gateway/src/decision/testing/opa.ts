import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CACHED = fileURLToPath(new URL('../../../../../.cache/bin/opa', import.meta.url));

/** The real OPA: the one that the launcher named, or the one that it built before. */
export function opaExecutable(): string {
  const named = process.env.BAILIFF_OPA;
  if (named !== undefined && named !== '') return named;
  return existsSync(CACHED) ? CACHED : 'opa';
}

/** Builds an OPA bundle out of texts by path, as `opa build` does. */
export async function buildBundle(
  files: Readonly<Record<string, string>>,
  revision: string,
): Promise<Uint8Array> {
  const directory = await mkdtemp(join(tmpdir(), 'bundle-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      const file = join(directory, 'source', path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    const output = join(directory, 'bundle.tar.gz');
    await promisify(execFile)(opaExecutable(), ['build', '-b', '.', '-r', revision, '-o', output], {
      cwd: join(directory, 'source'),
    });
    return await readFile(output);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
