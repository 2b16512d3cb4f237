import type { Release } from '@bailiff/contract';

/** A recorded call that could not be decided because of engine or bundles. */
export interface RecordedFault {
  readonly agentId: string;
  /** The input as it was decided; undefined where parts of it were not recorded. */
  readonly inputText: string | undefined;
  /** What failed, as `compliance/rules.rego:12`. */
  readonly places: readonly string[];
}

/** Recorded faults that are looked into at most, when those of a time before this process are counted. */
export const RECOUNTED_MAX = 2_000;

/** Whether a release failed where the one before is not the same: in a bundle of another revision, or in no bundle. */
export function failedInOtherBundles(
  { places }: Pick<RecordedFault, 'places'>,
  release: Pick<Release, 'data'>,
  previous: Pick<Release, 'data'>,
): boolean {
  const now = Object.entries(release.data.bundles);
  return places.every((place) => {
    const names = now.filter(([name]) => place.startsWith(`${name}/`));
    const [name = '', revision] = names.sort(([a], [b]) => b.length - a.length)[0] ?? [];
    const before = Object.hasOwn(previous.data.bundles, name) ? previous.data.bundles[name] : undefined;
    return revision === undefined || revision !== before;
  });
}
