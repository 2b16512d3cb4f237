import type { Activation } from '@bailiff/contract';
import { releaseBefore } from './release-before.ts';
import type { ReleaseStore, StoredRelease } from './release-store.ts';

/**
 * The release that was in force last; where that was damaged, the one before it, and so on: none that somebody has gone back
 * from. Undefined where none can be read.
 */
export async function lastReadable(
  store: Pick<ReleaseStore, 'find'>,
  activations: readonly Activation[],
): Promise<StoredRelease | undefined> {
  let rest = activations;
  let version = rest.at(-1)?.policy_version;
  while (version !== undefined) {
    const found = await store.find(version);
    if (found !== undefined) return found;
    const damaged = version;
    const before = releaseBefore(rest, damaged);
    // Always further back: one that was damaged is not looked for twice.
    rest = rest.slice(0, rest.findLastIndex(({ policy_version }) => policy_version === before) + 1);
    rest = rest.filter(({ policy_version }) => policy_version !== damaged);
    version = before;
  }
  return undefined;
}
