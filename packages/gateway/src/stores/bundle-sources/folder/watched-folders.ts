import { type FSWatcher, lstatSync, readdirSync, watch } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

/** Folders that are watched at most; what lies in others is found by looking. */
const FOLDERS_MAX = 2_000;

/** Folders of tools, in which no file of a bundle lies and which change all the time. */
const NOT_WATCHED: ReadonlySet<string> = new Set(['.git', 'node_modules']);

export interface WatchedFoldersOptions {
  /** Whether what lies in folders below counts too. */
  readonly recursive: boolean;
  /** A name relative to the path, or null where none is known. Never throws. */
  readonly onChange: (name: string | null) => void;
}

/**
 * Tells of changes below a folder. Each folder is watched by itself, and the path in the one above it: a watch on a file, as
 * `recursive` of `fs.watch` has them on Linux, is lost with the file that an editor puts another in the place of.
 */
export class WatchedFolders implements Disposable {
  readonly #path: string;
  readonly #options: WatchedFoldersOptions;
  /** By path. */
  readonly #folders = new Map<string, FSWatcher>();
  #above: FSWatcher | undefined;

  constructor(path: string, options: WatchedFoldersOptions) {
    this.#path = resolve(path);
    this.#options = options;
  }

  /** Watches what is not watched yet, as far as it is there and the system lets it. */
  open(): void {
    this.#above ??= this.#watchAbove();
    if (!this.#folders.has(this.#path)) this.#watchFolder(this.#path);
  }

  [Symbol.dispose](): void {
    this.#above?.close();
    this.#above = undefined;
    this.#forget(this.#path);
  }

  #watchAbove(): FSWatcher | undefined {
    const [above, own] = [dirname(this.#path), basename(this.#path)];
    if (above === this.#path) return undefined;
    const onChange = (kind: string, name: string | null) => {
      if (kind !== 'rename' || name !== own) return; // What changes in the folder is told by the folder.
      this.#forget(this.#path);
      this.#watchFolder(this.#path);
      this.#options.onChange(null);
    };
    const onLost = () => {
      this.#above?.close();
      this.#above = undefined;
    };
    return watched(above, onChange, onLost);
  }

  #watchFolder(path: string): void {
    if (this.#folders.size >= FOLDERS_MAX) return;
    const onChange = (kind: string, name: string | null) => {
      // Another folder may have taken the place of one that was watched.
      if (this.#options.recursive && kind === 'rename' && name !== null) this.#again(join(path, name));
      this.#options.onChange(name === null ? null : relative(this.#path, join(path, name)));
    };
    const onLost = () => {
      this.#forget(path);
      this.#options.onChange(null);
    };
    const watching = watched(path, onChange, onLost);
    if (watching === undefined) return;
    this.#folders.set(path, watching);
    if (this.#options.recursive) for (const below of foldersIn(path)) this.#watchFolder(below);
  }

  /** Looks at the one path only: a thousand files that come into a folder are told of one by one. */
  #again(path: string): void {
    if (this.#folders.has(path)) this.#forget(path);
    if (isFolder(path)) this.#watchFolder(path);
  }

  /** A folder and all below it. */
  #forget(path: string): void {
    for (const [known, watching] of this.#folders) {
      if (known !== path && !known.startsWith(join(path, '/'))) continue;
      this.#folders.delete(known);
      watching.close();
    }
  }
}

/** Undefined where it is not there, or no more can be watched. */
function watched(
  path: string,
  onChange: (kind: string, name: string | null) => void,
  onLost: () => void,
): FSWatcher | undefined {
  try {
    const watching = watch(path, { persistent: false });
    watching.on('change', (kind, name) => onChange(kind, name === null ? null : String(name)));
    watching.on('error', onLost);
    return watching;
  } catch {
    return undefined;
  }
}

/** One that a link leads to is none: it may lead round in circles. */
function isFolder(path: string): boolean {
  if (NOT_WATCHED.has(basename(path))) return false;
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}

/** The same of all that a folder holds. */
function foldersIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !NOT_WATCHED.has(entry.name))
      .map(({ name }) => join(path, name));
  } catch {
    return []; // It went away meanwhile.
  }
}
