import { Catalogue, type ReleaseManifest } from '@bailiff/contract';
import type { ValidDocument } from '../sources/folder.ts';
import type { PackagePlaces } from './package-folders.ts';
import { type ReadPackage, readPackages } from './read-packages.ts';
import { type RegisteredBundles, registeredBundles } from './registered-bundles.ts';

/**
 * The registry of bundles, whole, and the packages that bring some of them. What of a package or the catalogue cannot be read adds
 * nothing: what is wrong with it is said where a release is composed.
 */
export async function readRegisteredBundles(
  manifest: ValidDocument<ReleaseManifest>,
  places: PackagePlaces,
): Promise<RegisteredBundles & { readonly packages: readonly ReadPackage[] }> {
  const catalogue = await places.tree.valid(manifest.value.catalogue, Catalogue);
  const { packages } = await readPackages(manifest, places);
  const registered = registeredBundles({
    manifest,
    catalogue: catalogue.kind === 'read' ? catalogue.value : undefined,
    packages,
  });
  return { ...registered, packages };
}
