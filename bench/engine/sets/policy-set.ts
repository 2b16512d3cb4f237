import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readPolicyFiles } from '../../../packages/gateway/src/decision/embedded/bundle-files.ts';

/** Names of the sets. */
export type SetName = 'small' | 'company' | 'library' | 'wide';

/** A policy set as it is written down: OPA’s bundle with its plan, and what it is asked. */
export interface PolicySet {
  readonly name: SetName;
  /** What it is, for the heading of its table. */
  readonly title: string;
  readonly bundle: Uint8Array;
  /** Inputs as JSON text, no two alike. */
  readonly inputs: readonly string[];
}

/** The path of every set’s decision. */
export const ENTRYPOINT = 'bailiff/decision';

/** Files that the engines load a set from. */
export const FILES = {
  bundle: 'bundle.tar.gz',
  plan: 'plan.json',
  data: 'data.json',
  wasm: 'policy.wasm',
  inputs: 'inputs.json',
} as const;

/** Makes a bundle of texts by path, with OPA’s plan of the decision in it. */
export async function bundleOf(
  files: Readonly<Record<string, string>>,
  { folder, opa }: { readonly folder: string; readonly opa: string },
): Promise<Uint8Array> {
  const source = join(folder, 'source');
  await mkdir(source, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(source, name), text);
  const output = join(folder, FILES.bundle);
  const target = ['--target', 'plan', '--entrypoint', ENTRYPOINT, '--revision', 'bench', '--output', output];
  await promisify(execFile)(opa, ['build', '--bundle', '.', ...target], { cwd: source });
  return readFile(output);
}

/** Writes what the engines load into a folder. @throws {Error} where OPA cannot build it or two inputs are alike. */
export async function writeSet(
  { name, bundle, inputs }: PolicySet,
  folder: string,
  opa: string,
): Promise<void> {
  if (new Set(inputs).size !== inputs.length) throw new Error(`Two inputs of ${name} are alike.`);
  const { plan, data } = await readPolicyFiles(bundle);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, FILES.bundle), bundle);
  await writeFile(join(folder, FILES.plan), plan);
  await writeFile(join(folder, FILES.data), data);
  await writeFile(join(folder, FILES.inputs), JSON.stringify(inputs));
  const run = promisify(execFile);
  const output = join(folder, 'wasm.tar.gz');
  const target = ['--target', 'wasm', '--entrypoint', ENTRYPOINT, '--output', output];
  await run(opa, ['build', '--bundle', join(folder, FILES.bundle), ...target]);
  await run('tar', ['-xzf', output, '-C', folder, `/${FILES.wasm}`]);
}
