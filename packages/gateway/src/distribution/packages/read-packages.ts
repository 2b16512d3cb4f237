import { join } from 'node:path/posix';
import { PackageManifest, type ReleaseManifest } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import type { SourceDocument } from '../sources/document.ts';
import type { ValidDocument } from '../sources/folder.ts';
import type { BundlePlace } from '../sources/read-bundle.ts';
import { nameOf, PACKAGE_FILE, type PackagePlaces, packageFolders } from './package-folders.ts';

/** A package whose manifest was read. */
export interface ReadPackage {
  /** What it is called as a part of the release. */
  readonly part: string;
  readonly manifest: PackageManifest;
  readonly document: SourceDocument;
  /** Its folder as findings name it, relative to that of `release.yaml`. */
  readonly folder: string;
  /** What it brings; undefined for an agent that nobody hands tasks to. */
  readonly bundle: { readonly name: string; readonly place: BundlePlace } | undefined;
}

/** Reads the packages that `release.yaml` names. What is refused of one leaves the others. */
export async function readPackages(
  manifest: ValidDocument<Pick<ReleaseManifest, 'packages'>>,
  places: PackagePlaces,
): Promise<{ readonly packages: readonly ReadPackage[]; readonly findings: readonly Finding[] }> {
  const folders = await packageFolders(manifest, places);
  if (folders.kind === 'refused') return { packages: [], findings: folders.findings };
  const packages: ReadPackage[] = [];
  const findings: Finding[] = [];
  for (const one of folders.value) {
    const { tree, path } = one.place;
    const read = await tree.valid(join(path, PACKAGE_FILE), PackageManifest);
    if (read.kind === 'refused') {
      findings.push(...read.findings);
      continue;
    }
    const { value, document } = read.value;
    const name = bundleNameOf(value);
    const place = { tree, path: join(path, value.bundle) };
    const bundle = name === undefined ? undefined : { name, place };
    packages.push({ part: one.part, manifest: value, document, folder: nameOf(one), bundle });
  }
  return { packages, findings };
}

/** Name of the bundle that a package brings. */
export function bundleNameOf(manifest: PackageManifest): string | undefined {
  if (manifest.kind === 'server') return `servers/${manifest.name}`;
  return manifest.subagent === undefined ? undefined : `subagents/${manifest.subagent.name}`;
}

/** The part that a bundle is tried and held back with: the package that brings it, or the bundle itself. */
export function partOfBundle(
  name: string,
  packages: readonly Pick<ReadPackage, 'bundle' | 'part'>[],
): string {
  return packages.find(({ bundle }) => bundle?.name === name)?.part ?? name;
}
