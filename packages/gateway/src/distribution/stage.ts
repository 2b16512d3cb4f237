import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

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

/** Writes files below `directory`, folders included. */
export async function writeFiles(
  directory: string,
  files: readonly { readonly path: string; readonly text: string }[],
): Promise<void> {
  const folders = new Set(files.map(({ path }) => dirname(join(directory, path))));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  for (const { path, text } of files) await writeFile(join(directory, path), text);
}
