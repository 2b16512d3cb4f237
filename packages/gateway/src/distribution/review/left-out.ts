import type { ReleaseManifest } from '@bailiff/contract';
import type { Absence } from '../sources/absence.ts';

/** Bundles that a release has fetched from a source, as ones whose sources nobody asked. */
export function leftOutOf({ bundles }: Pick<ReleaseManifest, 'bundles'>): ReadonlyMap<string, Absence> {
  const names = Object.entries(bundles).filter(([, { source }]) => source !== undefined);
  return new Map(names.map(([name]) => [name, { kind: 'left_out' }]));
}
