import { randomBytes } from 'node:crypto';
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Puts a text in the place of a file, whole or not at all, and on the disk before it is there. The file keeps its permissions, and
 * a link to it stays one; where there is no file, one is made.
 * @throws what the file system says.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const before = await placeOf(path);
  // Hidden, so that what a crash leaves behind is no part of a bundle.
  const draft = join(dirname(before.path), `.${basename(before.path)}.${randomBytes(6).toString('hex')}`);
  try {
    await using handle: FileHandle = await open(draft, 'wx');
    // Those given to `open` would be cut by the umask.
    if (before.mode !== undefined) await handle.chmod(before.mode);
    await handle.writeFile(text);
    await handle.sync();
    await rename(draft, before.path);
  } catch (thrown) {
    await rm(draft, { force: true });
    throw thrown;
  }
}

/** Where a file really lies, and its permissions, undefined where there is none. */
async function placeOf(path: string): Promise<{ readonly path: string; readonly mode: number | undefined }> {
  try {
    const real = await realpath(path);
    return { path: real, mode: (await stat(real)).mode & 0o777 };
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return { path, mode: undefined };
    throw thrown;
  }
}
