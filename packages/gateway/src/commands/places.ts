import { existsSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** `bailiff.yaml` where the command is run, else the example company’s. Absolute. */
export function defaultConfigurationFile(): string {
  const own = resolve('bailiff.yaml');
  return existsSync(own) ? own : resolve(ROOT, 'examples/acme/bailiff.yaml');
}

/** Folder of the kernel’s Rego. */
export function kernelDirectory(): string {
  return resolve(ROOT, 'policies/kernel');
}

/**
 * Absolute path of the `opa` to run: the one that the launcher names because it is new enough, else what PATH has. Its bare name
 * when there is none, for whoever starts it to say so.
 */
export function opaPath(): string {
  const named = process.env.BAILIFF_OPA ?? '';
  if (named !== '') return named;
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => resolve(folder, 'opa')).find((path) => existsSync(path)) ?? 'opa';
}
