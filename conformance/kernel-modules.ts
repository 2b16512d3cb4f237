import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the kernel’s Rego. */
export const KERNEL = fileURLToPath(new URL('../policies/kernel', import.meta.url));

/** The kernel as it ships, without its tests: path → text. */
export function kernelModules(): ReadonlyMap<string, string> {
  const files = globSync('*.rego', { cwd: KERNEL, exclude: (file) => file.endsWith('_test.rego') });
  return new Map(files.sort().map((file) => [`kernel/${file}`, readFileSync(join(KERNEL, file), 'utf8')]));
}
