import type { ReleaseVector, StoredRelease } from '../../releases/release-store.ts';
import { differingParts } from '../target.ts';

/** The release on trial, as the delivery that brought it knows it. */
export interface OnTrial {
  readonly stored: StoredRelease;
  /** Whether somebody took it further than where releases begin. */
  readonly isPromoted: boolean;
}

/**
 * Parts of what passed that wait for the end of a trial: all that differ from it, once somebody promoted it, so that nothing skips a
 * stage nor loses one. None where something that is on trial itself is another by now: then a trial begins anew with everything.
 */
export function waitingParts(
  { stored, isPromoted }: OnTrial,
  { good, passed }: { readonly good: ReleaseVector; readonly passed: ReleaseVector },
): readonly string[] {
  if (!isPromoted) return [];
  const onTrial = new Set(differingParts(good, stored.vector));
  const others = differingParts(stored.vector, passed);
  return others.some((part) => onTrial.has(part)) ? [] : others;
}

/** Whether a release is made of this vector, and of nothing else of another version of this gateway. */
export function isMadeOf(
  stored: StoredRelease,
  vector: ReleaseVector,
  { madeWith }: Pick<StoredRelease, 'madeWith'>,
): boolean {
  return stored.madeWith === madeWith && differingParts(stored.vector, vector).length === 0;
}

/** Whether two are one release, be it with other tests or comments. */
export function isSame(one: StoredRelease | undefined, other: StoredRelease): boolean {
  return one?.release.policyVersion === other.release.policyVersion;
}
