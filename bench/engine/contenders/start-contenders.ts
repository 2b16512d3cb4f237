import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HANDWRITTEN } from '../handwritten/policies.ts';
import { buildLibrary } from '../library/build-library.ts';
import type { SetName } from '../sets/policy-set.ts';
import { installWasm } from '../wasm/install-wasm.ts';
import { Contender } from './contender.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** Names of the engines, as the tables have them. */
export const NAMES = {
  handwritten: 'handwritten, text',
  handwrittenObjects: 'handwritten, objects',
  embedded: 'embedded, text',
  embeddedObjects: 'embedded, objects',
  wasm: 'opa-wasm 1.10.0',
  library: 'OPA as a Go library',
  sidecar: 'OPA sidecar, unix socket',
} as const;

/** Engines of one policy set, each in processes of its own. */
export interface Started extends AsyncDisposable {
  readonly contenders: readonly Contender[];
  /** What could not be had on this machine, and why. */
  readonly skipped: readonly string[];
}

/** Starts every engine that can be had, with the policy set of a folder loaded. */
export async function startContenders(set: SetName, folder: string): Promise<Started> {
  await using starting = new AsyncDisposableStack();
  const contenders: Contender[] = [];
  const skipped: string[] = [];
  const add = async (name: string, program: string, args: readonly string[]) => {
    contenders.push(starting.use(await Contender.start({ name, program, args })));
  };
  const node = (name: string, script: string, ...args: string[]) =>
    add(name, process.execPath, [
      '--disable-warning=ExperimentalWarning',
      '--expose-gc',
      ...profiling(script, args, set),
      join(HERE, script),
      ...['--folder', folder, '--set', set, ...args],
    ]);
  if (HANDWRITTEN[set] !== undefined) {
    await node(NAMES.handwritten, 'handwritten.ts', '--form', 'text');
    await node(NAMES.handwrittenObjects, 'handwritten.ts', '--form', 'objects');
  }
  await node(NAMES.embedded, 'embedded.ts', '--form', 'text');
  await node(NAMES.embeddedObjects, 'embedded.ts', '--form', 'objects');
  const wasm = await installWasm();
  if (wasm.kind === 'installed') await node(NAMES.wasm, 'wasm.ts', '--peers', wasm.path);
  else skipped.push(`${NAMES.wasm}: ${wasm.why}`);
  const library = await buildLibrary();
  if (library.kind === 'installed') await add(NAMES.library, join(library.path, 'library'), [folder]);
  else skipped.push(`${NAMES.library}: ${library.why}`);
  await node(NAMES.sidecar, 'sidecar.ts');
  const kept = starting.move();
  return { contenders, skipped, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Where `BENCH_PROFILE` names a folder, the embedded engine’s processes leave a profile there. */
function profiling(script: string, args: readonly string[], set: string): string[] {
  const folder = process.env.BENCH_PROFILE ?? '';
  if (folder === '' || script !== 'embedded.ts') return [];
  return ['--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-name', `${set}-${args.at(-1)}.cpuprofile`];
}
