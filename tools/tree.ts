import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Files below the repository that match a glob, with `/`, sorted; never installed or produced ones. */
export function filesOf(glob: string | readonly string[]): string[] {
  return globSync(glob, {
    cwd: ROOT,
    exclude: (path) =>
      /(^|[\\/])(node_modules|\.bailiff|\.cache|\.git)([\\/]|$)/.test(
        typeof path === 'string' ? path : String(path),
      ),
  })
    .map((path) => path.split(sep).join('/'))
    .sort();
}

export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
