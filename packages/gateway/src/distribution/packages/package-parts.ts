import { join, normalize } from 'node:path/posix';
import { PackageManifest, type ReleaseManifest } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import type { VectorPart } from '../releases/release-store.ts';
import { APPROVALS_FILE, type BundleFiles, HIDDEN_FILES } from '../sources/bundle-files.ts';
import type { Reading } from '../sources/document.ts';
import { FILE_BYTES_MAX, HeldFiles, type SourceTree, type ValidDocument } from '../sources/folder.ts';
import { nameOf, PACKAGE_FILE, packageFolders } from './package-folders.ts';
import { bundleNameOf } from './read-packages.ts';

/** How the files of a policy folder are read, with its limits. */
export interface PolicyReader {
  readonly tree: SourceTree;
  /** @throws the signal’s reason on abort. */
  readonly read: (path: string, bytesMax?: number) => Promise<Reading<Uint8Array>>;
  /** Undefined where there is no such folder. */
  readonly filesBelow: (path: string) => Promise<Reading<BundleFiles> | undefined>;
}

export interface PackageParts {
  readonly parts: ReadonlyMap<string, VectorPart>;
  /** Why a package’s files cannot be read, by part. */
  readonly refused: ReadonlyMap<string, readonly Finding[]>;
}

/**
 * The packages of a policy folder, each as one part: its manifest, and its policy and tests. What is launched is not in it; of
 * that the manifest says package and version.
 */
export async function packageParts(
  manifest: ValidDocument<Pick<ReleaseManifest, 'packages'>>,
  reader: PolicyReader,
): Promise<PackageParts> {
  const parts = new Map<string, VectorPart>();
  const refused = new Map<string, readonly Finding[]>();
  const folders = await packageFolders(manifest, reader);
  // What is wrong with the list is said when a release is composed of it.
  for (const folder of folders.kind === 'read' ? folders.value : []) {
    const place = nameOf(folder);
    const files = await filesOf(normalize(folder.place.path), reader);
    if (files.kind === 'refused') refused.set(folder.part, files.findings);
    else parts.set(folder.part, { files: files.value, place, author: '' });
  }
  return { parts, refused };
}

async function filesOf(folder: string, reader: PolicyReader): Promise<Reading<BundleFiles>> {
  const own = await reader.read(join(folder, PACKAGE_FILE), FILE_BYTES_MAX);
  if (own.kind === 'refused') return own;
  const files = new Map([[PACKAGE_FILE, own.value]]);
  const manifest = await new HeldFiles(files).valid(PACKAGE_FILE, PackageManifest);
  // One that cannot be understood is held back for that, once it is tried.
  if (manifest.kind === 'refused') return { kind: 'read', value: files };
  const { value } = manifest.value;
  if (bundleNameOf(value) === undefined) return { kind: 'read', value: files };
  const bundle = await reader.filesBelow(join(folder, value.bundle));
  if (bundle?.kind === 'refused') return bundle;
  for (const [path, bytes] of bundle?.value ?? []) files.set(join(value.bundle, path), bytes);
  // Approvals stand beside the manifest, out of the bundle’s own files.
  for (const hidden of [...HIDDEN_FILES, APPROVALS_FILE]) {
    const path = join(folder, value.bundle, hidden);
    const bytes = await reader.read(path, FILE_BYTES_MAX);
    if (bytes.kind === 'read')
      files.set(hidden === APPROVALS_FILE ? hidden : join(value.bundle, hidden), bytes.value);
    else if (bytes.findings.some(({ code }) => code !== 'file_missing')) return bytes;
  }
  return { kind: 'read', value: files };
}
