import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the kernel’s Rego. */
export const KERNEL = fileURLToPath(new URL('../policies/kernel', import.meta.url));

/** Files of the kernel as it ships, without its tests. */
export function kernelFiles(): string[] {
  const files = globSync('*.rego', { cwd: KERNEL }).filter((file) => !file.endsWith('_test.rego'));
  return files.sort().map((file) => join(KERNEL, file));
}
