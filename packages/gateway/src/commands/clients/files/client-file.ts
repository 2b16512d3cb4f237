import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  open,
  readFile,
  realpath,
  rename,
  stat,
  unlink,
} from 'node:fs/promises';
import { dirname, isAbsolute, relative } from 'node:path';

/** Largest configuration of a client that is read, in bytes. Claude Code keeps its history in the same file. */
export const CLIENT_FILE_BYTES_MAX = 16 * 1_048_576;

/** Permissions of new files: what only its user reads, and what a project shares. */
const MODES = { global: 0o600, project: 0o644 } as const;
const BACKUP_MODE = 0o600;

/** Where a file is, and whose: a project’s file is written by whoever wrote the project. */
export interface Place {
  readonly path: string;
  readonly scope: 'project' | 'global';
  /** The folder that a project’s file may not lead out of. */
  readonly project: string;
}

export type ClientFileContent =
  | { readonly kind: 'absent' }
  /** `path` is where the text is, behind every link; `mode` its permissions. */
  | { readonly kind: 'text'; readonly text: string; readonly path: string; readonly mode: number }
  /** `detail` continues a sentence that begins with the path. */
  | { readonly kind: 'unreadable'; readonly detail: string };

/** Reads a file, through links, but not through a project’s link that leads out of it. Never throws. */
export async function readClientFile(place: Place): Promise<ClientFileContent> {
  try {
    const path = await realpath(place.path);
    if (await leadsOut(path, place)) return unreadable('is a link that leads out of the project');
    const found = await stat(path);
    if (!found.isFile()) return unreadable('is no file');
    if (found.size > CLIENT_FILE_BYTES_MAX)
      return unreadable(`is larger than ${CLIENT_FILE_BYTES_MAX} bytes`);
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path));
    return { kind: 'text', text, path, mode: found.mode & 0o777 };
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return unreadable(`cannot be read (${code ?? message})`);
    const isThere = await lstat(place.path).catch(() => undefined);
    return isThere === undefined ? { kind: 'absent' } : unreadable('is a link that leads nowhere');
  }
}

const unreadable = (detail: string): ClientFileContent => ({ kind: 'unreadable', detail });

/**
 * Puts a new text in place of what was read, whole or not at all, and keeps the old one beside it. The backup’s path, or
 * undefined where there was no file before.
 * @throws Error when the file changed since it was read, or cannot be written.
 */
export async function writeClientFile(
  place: Place,
  before: Exclude<ClientFileContent, { kind: 'unreadable' }>,
  change: { readonly text: string; readonly now: Date },
): Promise<string | undefined> {
  const path = before.kind === 'text' ? before.path : place.path;
  if (before.kind === 'absent') await makeFolder(place);
  const mode = before.kind === 'text' ? before.mode : MODES[place.scope];
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx', mode);
    try {
      await handle.chmod(mode); // what the umask took away from a file that had it
      await handle.writeFile(change.text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const current = await readClientFile(place);
    if (current.kind !== before.kind || (current.kind === 'text' && textOf(before) !== current.text))
      throw new Error('it was changed meanwhile');
    const backup = before.kind === 'text' ? await keep(path, change.now) : undefined;
    await rename(draft, path);
    return backup;
  } finally {
    await unlink(draft).catch(() => undefined); // it is gone when it became the file
  }
}

const textOf = (content: ClientFileContent) => (content.kind === 'text' ? content.text : '');

/** What the file held may include secrets, so a backup is its user’s alone. */
async function keep(path: string, now: Date): Promise<string> {
  const backup = `${path}.${now.toISOString().replaceAll(':', '')}.bak`;
  try {
    await copyFile(path, backup, constants.COPYFILE_EXCL);
  } catch (thrown) {
    // Made by an earlier edit of the same run, it has the file as it was before all of them.
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return backup;
    throw thrown;
  }
  await chmod(backup, BACKUP_MODE);
  return backup;
}

async function makeFolder(place: Place): Promise<void> {
  let existing = dirname(place.path);
  while ((await lstat(existing).catch(() => undefined)) === undefined) existing = dirname(existing);
  if (await leadsOut(await realpath(existing), place))
    throw new Error('it would be made outside the project');
  await mkdir(dirname(place.path), { recursive: true });
}

async function leadsOut(path: string, { scope, project }: Place): Promise<boolean> {
  if (scope === 'global') return false;
  const way = relative(await realpath(project), path);
  return way.startsWith('..') || isAbsolute(way);
}
