import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Failure } from '@bailiff/contract';

/** Longest path of a socket that every system takes. */
const PATH_BYTES_MAX = 100;
const FOLDER_MODE = 0o700;
const OTHERS = 0o077;

/**
 * Where the gateway of this data folder listens for processes of its own user: in a folder of the data folder, or in one of
 * the system’s temporary folder where that path is too long for a socket.
 */
export function localSocketPath(dataDirectory: string): string {
  const path = join(resolve(dataDirectory), 'socket', 'gateway.sock');
  if (Buffer.byteLength(path) <= PATH_BYTES_MAX) return path;
  const digest = createHash('sha256').update(resolve(dataDirectory)).digest('hex').slice(0, 24);
  return join(tmpdir(), `bailiff-${process.getuid?.() ?? 0}-${digest}`, 'gateway.sock');
}

/**
 * Makes the socket’s folder for its owner only; it goes when what is given is disposed of.
 * @throws Failure `configuration_invalid` when others could reach it.
 */
export async function makeSocketFolder(path: string): Promise<AsyncDisposable> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  if ((await lstat(folder)).isDirectory()) await chmod(folder, FOLDER_MODE).catch(() => undefined);
  if (!(await isPrivate(folder)))
    throw new Failure(
      'configuration_invalid',
      `data_dir: ${folder} is not this user’s own folder. Remove it, or set data_dir to another folder.`,
    );
  // It is empty then, or somebody else’s doing.
  return { [Symbol.asyncDispose]: () => rmdir(folder).catch(() => undefined) };
}

/** Whether a socket’s folder is this user’s own: who speaks there is then the user’s gateway, and may see a credential. */
export async function isPrivateSocket(path: string): Promise<boolean> {
  return isPrivate(dirname(path));
}

async function isPrivate(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) return false;
  const own = process.getuid?.();
  return own === undefined || (found.uid === own && (found.mode & OTHERS) === 0);
}
