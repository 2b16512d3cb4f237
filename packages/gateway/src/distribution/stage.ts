import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inParallel } from './opa.ts';

/** Name of the capabilities file in the stage, beside the folder of the release. */
export const CAPABILITIES = 'capabilities.json';

/** A folder that goes when its owner is done. */
export interface Stage extends AsyncDisposable {
  readonly path: string;
}

/** Opens a folder for the files that `opa` is given. */
export async function openStage(): Promise<Stage> {
  const path = await mkdtemp(join(tmpdir(), 'bailiff-release-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Files that are written at once: a thread that decides meanwhile is waited for once for all of them, not for each. */
const WRITES_MAX = 16;

/** Writes files below `directory`, folders included. */
export async function writeFiles(
  directory: string,
  files: readonly { readonly path: string; readonly text: string }[],
): Promise<void> {
  const folders = new Set(files.map(({ path }) => dirname(join(directory, path))));
  await inParallel([...folders], (folder) => mkdir(folder, { recursive: true }), WRITES_MAX);
  await inParallel(files, ({ path, text }) => writeFile(join(directory, path), text), WRITES_MAX);
}
