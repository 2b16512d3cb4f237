import type { ReleaseSources } from '../../../distribution/sources/read-sources.ts';

/** A folder of a repository, and who answers for it. */
export interface OwnedPath {
  /** From the folder of `release.yaml`. */
  readonly path: string;
  readonly bundle: string;
  readonly owners: readonly string[];
  /** How many of them a change needs. */
  readonly approvals: number;
}

/** The bundles that lie in the folder of a release or below it, in the order of their paths: what lies deeper comes later. */
export function ownedPaths({ bundles }: Pick<ReleaseSources, 'bundles'>): OwnedPath[] {
  return bundles
    .filter(({ place }) => place !== '.' && !place.startsWith('..'))
    .map(({ name, place, registration, manifest }) => ({
      path: place,
      bundle: name,
      owners: registration.owners.length > 0 ? registration.owners : [manifest.owner],
      approvals: registration.approvals,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
