import { statSync } from 'node:fs';
import { StoreLost } from './trouble.ts';

/**
 * What tells a file from every other one: device and inode. As long as somebody has the file open, no other one gets
 * the same. Undefined where there is no file. @throws the file system’s error, as for a folder that may not be read.
 */
export function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}

/** Files that are open, by path, and which ones they are. */
export class HeldFiles {
  readonly #identities: ReadonlyMap<string, string>;

  /** @throws StoreLost where there is no file. */
  constructor(paths: readonly string[]) {
    this.#identities = new Map(paths.map((path) => [path, identityOf(path) ?? lost(path)]));
  }

  /** One look at each path. @throws StoreLost when one has no file any more, or another one. */
  refuseLost(): void {
    for (const [path, identity] of this.#identities) if (identityOf(path) !== identity) lost(path);
  }
}

function lost(path: string): never {
  throw new StoreLost(path);
}
