import { access, constants, mkdir } from 'node:fs/promises';
import { Failure } from '@bailiff/contract';

/** Record, keys and sockets are the gateway’s own user’s. */
const FOLDER_MODE = 0o700;

const OTHER_FOLDER = 'Set data_dir to another folder';

/** What keeps a folder from being used, by the file system’s code, and what to do. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EEXIST: `is a file and no folder. ${OTHER_FOLDER}, or move the file away.`,
  ENOTDIR: `leads through a file. ${OTHER_FOLDER}.`,
  EACCES: `cannot be read and written by this user. ${OTHER_FOLDER}, or let this user have it (chown, chmod u+rwx).`,
  EPERM: `cannot be made by this user. ${OTHER_FOLDER}, or make it for this user.`,
  EROFS: `lies on a read-only disk. ${OTHER_FOLDER}, or mount the disk to be written.`,
  ENOSPC: 'cannot be made: the disk is full. Make room on it.',
};

/**
 * Makes the data folder for its owner only, where there is none, and sees that it can be used.
 * @throws Failure `configuration_invalid` with the path and what to do.
 */
export async function makeDataFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: FOLDER_MODE });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    const problem = Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code] : `cannot be used (${code}).`;
    throw new Failure('configuration_invalid', `data_dir: ${path} ${problem}`, { cause });
  }
}
