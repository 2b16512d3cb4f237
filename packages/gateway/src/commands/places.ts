import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
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

/** The `opa` to run: the launcher names one that is new enough; without it, what PATH has. */
export function opaPath(): string {
  return process.env['BAILIFF_OPA'] || 'opa';
}
