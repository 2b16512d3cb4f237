import { PackageManifest } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import { versionFindings } from '../parts/version-findings.ts';
import type { ReleaseVector } from '../releases/release-store.ts';
import { digestOfFiles } from '../sources/digest-of-files.ts';
import { HeldFiles } from '../sources/folder.ts';
import { PACKAGE_FILE, PACKAGE_PARTS } from './package-folders.ts';
import type { ReadPackage } from './read-packages.ts';

export interface PackageVersionsOptions {
  readonly packages: readonly Pick<ReadPackage, 'part' | 'manifest' | 'document' | 'bundle'>[];
  readonly parts: ReleaseVector['parts'];
  /** What is in force; undefined where nothing is. */
  readonly active: Pick<ReleaseVector, 'parts'> | undefined;
  /** Whether nothing unsigned is taken of the bundle of this name. */
  readonly isSigned: (bundle: string) => boolean;
}

/**
 * Why packages may not take the place of those in force, by part: as for bundles, an older version is refused, and where its bundle
 * is signed also another content under the same version. A package is the same in whatever folder it lies.
 */
export async function packageVersionFindings({
  packages,
  parts,
  active,
  isSigned,
}: PackageVersionsOptions): Promise<ReadonlyMap<string, readonly Finding[]>> {
  const refused = new Map<string, readonly Finding[]>();
  const known = packages.length === 0 ? new Map<string, Known>() : await packagesIn(active);
  for (const { part, manifest, document, bundle } of packages) {
    const files = parts.get(part)?.files;
    const before = known.get(nameOf(manifest));
    if (files === undefined || before === undefined) continue;
    const signedBy = bundle !== undefined && isSigned(bundle.name) ? 'a key' : undefined;
    const candidate = { name: part, version: manifest.version, digest: digestOfFiles(files), signedBy };
    const findings = versionFindings(candidate, { ...before, name: part, signedBy });
    if (findings.length === 0) continue;
    const row = document.rowOf(['version']);
    refused.set(
      part,
      findings.map(({ mend, ...finding }) => ({
        ...finding,
        file: document.file,
        row,
        mend: mend.replace('bundle.yaml', PACKAGE_FILE),
      })),
    );
  }
  return refused;
}

interface Known {
  readonly version: string;
  readonly digest: string;
}

async function packagesIn(vector: PackageVersionsOptions['active']): Promise<ReadonlyMap<string, Known>> {
  const known = new Map<string, Known>();
  for (const [part, { files }] of vector?.parts ?? []) {
    if (!part.startsWith(PACKAGE_PARTS)) continue;
    const read = await new HeldFiles(files).valid(PACKAGE_FILE, PackageManifest);
    if (read.kind === 'refused') continue;
    const { value } = read.value;
    known.set(nameOf(value), { version: value.version, digest: digestOfFiles(files) });
  }
  return known;
}

function nameOf({ kind, name }: Pick<PackageManifest, 'kind' | 'name'>): string {
  return `${kind} ${name}`;
}
