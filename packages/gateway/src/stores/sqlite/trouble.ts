/** The store cannot be used; the message is for people. */
export class Unusable extends Error {}

/**
 * A file of the store is no longer the one that was opened: it was removed, moved or replaced. What is written from
 * then on goes where nobody finds it.
 */
export class StoreLost extends Unusable {
  /** Path at which the file is missing or another one lies. */
  readonly path: string;

  constructor(path: string) {
    super('The record’s files are gone.');
    this.path = path;
  }
}

/** Why a store cannot be used, for people, without paths or values; and what to do, empty where nothing helps. */
export interface Trouble {
  readonly words: string;
  readonly mend: string;
}

export const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

const MAKE_ROOM = 'Make room on it; no restart is needed.';
const OTHER_FILE = 'Move the file away, or set another data_dir.';
const GIVE_ACCESS =
  'Let this user read and write the folder and its files (chown, chmod), or set another data_dir.';
const LOCKED: Trouble = {
  words: 'The store is locked by another process.',
  mend: 'End the program that has it open.',
};

/** SQLite’s primary result codes that have words of their own. */
const RESULTS: Readonly<Record<number, Trouble>> = {
  [SQLITE_BUSY]: LOCKED,
  [SQLITE_LOCKED]: LOCKED,
  8: { words: 'The store is read-only.', mend: GIVE_ACCESS },
  10: { words: 'The disk reports an error.', mend: 'Look at the system’s log; the disk may be failing.' },
  11: { words: 'The store’s file is damaged.', mend: 'Keep it as evidence and set another data_dir.' },
  13: { words: 'The disk is full.', mend: MAKE_ROOM },
  14: { words: 'The store’s file cannot be opened.', mend: GIVE_ACCESS },
  26: { words: 'The store’s file is no database.', mend: OTHER_FILE },
};

/** Errors of the file system that have words of their own. */
const ERRORS: Readonly<Record<string, Trouble>> = {
  ENOSPC: { words: 'The disk is full.', mend: MAKE_ROOM },
  EDQUOT: { words: 'The disk’s quota is used up.', mend: MAKE_ROOM },
  EROFS: { words: 'The disk is read-only.', mend: 'Mount it to be written, or set another data_dir.' },
  EACCES: { words: 'The store cannot be written to by this user.', mend: GIVE_ACCESS },
  EPERM: { words: 'The store cannot be written to by this user.', mend: GIVE_ACCESS },
  EISDIR: { words: 'The store’s file is a folder.', mend: OTHER_FILE },
  ENOTDIR: { words: 'A part of the store’s path is a file and no folder.', mend: OTHER_FILE },
  EEXIST: { words: 'A part of the store’s path is a file and no folder.', mend: OTHER_FILE },
  ENOENT: { words: 'There is no record there.', mend: 'A gateway makes one when it starts.' },
};

/** SQLite’s primary result code; undefined where something else was thrown. */
function resultCode(thrown: unknown): number | undefined {
  const code = (thrown as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

/** Whether another connection held the lock, so that nothing at all was done. */
export function isBusy(thrown: unknown): boolean {
  const code = resultCode(thrown);
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}

/** What was thrown by SQLite or by the file system, as a trouble of the store. */
export function troubleOf(thrown: unknown): Trouble {
  if (thrown instanceof Unusable) return { words: thrown.message, mend: '' };
  const code = resultCode(thrown);
  if (code !== undefined)
    return RESULTS[code] ?? { words: `The store fails with SQLite’s code ${code}.`, mend: '' };
  const error = (thrown as NodeJS.ErrnoException | null)?.code ?? '';
  return Object.hasOwn(ERRORS, error) && ERRORS[error] !== undefined
    ? ERRORS[error]
    : { words: 'The store cannot be used.', mend: '' };
}

/** A trouble with its place, for whoever runs the gateway. */
export function toldAt(path: string, { words, mend }: Trouble): string {
  return `${path}: ${words}${mend === '' ? '' : ` ${mend}`}`;
}
