import { lstat, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Failure } from '@bailiff/contract';
import type { DraftFile } from '../../../distribution/scaffold/draft.ts';

/**
 * Writes files below a folder, which is made where there is none. None of them may be there: either all are written, or none. Gives
 * their absolute paths.
 * @throws Failure `bad_request` where one is there already, or cannot be written.
 */
export async function writeNewFiles(directory: string, files: readonly DraftFile[]): Promise<string[]> {
  const paths = files.map(({ path }) => join(directory, path));
  const there = await existing(paths);
  if (there !== undefined) throw taken(there);
  const written: string[] = [];
  const folders: string[] = [];
  try {
    for (const [position, path] of paths.entries()) {
      const made = await mkdir(dirname(path), { recursive: true });
      if (made !== undefined) folders.push(made);
      const handle = await open(path, 'wx');
      written.push(path);
      try {
        await handle.writeFile(files[position]?.text ?? '');
      } finally {
        await handle.close();
      }
    }
  } catch (thrown) {
    for (const path of [...written, ...folders.reverse()]) await rm(path, { recursive: true, force: true });
    const { code, path = '', message } = thrown as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw taken(path);
    throw new Failure('bad_request', `Nothing is written: ${message}.`, { cause: thrown });
  }
  return written;
}

async function existing(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const found = await lstat(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined;
      throw new Failure('bad_request', `Nothing is written: ${cause.message}.`, { cause });
    });
    if (found !== undefined) return path;
  }
  return undefined;
}

function taken(path: string): Failure {
  const detail = `${relative('', path) || path} is there already. Nothing is written, since nothing is ever overwritten: remove it first, or choose another name or --dir.`;
  return new Failure('bad_request', detail);
}
