import { basename, dirname, join, normalize } from 'node:path/posix';
import type { ReleaseManifest } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import type { BundleFiles } from '../sources/bundle-files.ts';
import type { Reading } from '../sources/document.ts';
import { FILE_BYTES_MAX, HeldFiles, type SourceTree, type ValidDocument } from '../sources/folder.ts';
import type { BundlePlace } from '../sources/read-bundle.ts';

/** The file that makes a folder a package. */
export const PACKAGE_FILE = 'bailiff.package.yaml';

/** What parts of a release are called that are packages: this, and the name of the folder. */
export const PACKAGE_PARTS = 'packages/';

/** A folder that `release.yaml` names, and what its package is called as a part of the release. */
export interface PackageFolder {
  readonly part: string;
  readonly place: BundlePlace;
}

/** Where package folders are: the folder of `release.yaml`, and packages whose files are held already, by part. */
export interface PackagePlaces {
  readonly tree: SourceTree;
  readonly fetched?: ReadonlyMap<string, { readonly files: BundleFiles; readonly place: string }>;
}

const PACKAGES_MAX = 500;
const EVERY = '/*';

/**
 * The folders that `packages` names, in its order: each by itself, or as `<folder>/*` every one in a folder that has a
 * `bailiff.package.yaml`. A part is called by its folder and not by what stands in it, so that it is the same part however broken.
 */
export async function packageFolders(
  { value, document }: ValidDocument<Pick<ReleaseManifest, 'packages'>>,
  places: PackagePlaces,
): Promise<Reading<readonly PackageFolder[]>> {
  const found = new Map<string, PackageFolder>();
  const findings: Finding[] = [];
  const refuse = (position: number, code: string, words: Pick<Finding, 'detail' | 'mend'>) =>
    findings.push({ file: document.file, row: document.rowOf(['packages', position]), code, ...words });
  for (const [position, named] of value.packages.entries()) {
    for (const folder of await foldersOf(named, places)) {
      const before = found.get(folder.part);
      if (before !== undefined) {
        refuse(position, 'package_ambiguous', {
          detail: `There is another package in a folder called \`${folder.part.slice(PACKAGE_PARTS.length)}\`: ${nameOf(before)}.`,
          mend: 'Name each folder once, and give them different names.',
        });
      } else if (await isThere(folder)) found.set(folder.part, folder);
      else if (!named.endsWith(EVERY)) {
        const detail = `There is no ${PACKAGE_FILE} in \`${named}\`.`;
        refuse(position, 'package_missing', { detail, mend: 'Add it, or correct the folder.' });
      }
    }
  }
  if (found.size > PACKAGES_MAX) {
    const detail = `There are more than ${PACKAGES_MAX} packages.`;
    refuse(0, 'too_many_packages', { detail, mend: 'Name fewer.' });
  }
  return findings.length > 0 ? { kind: 'refused', findings } : { kind: 'read', value: [...found.values()] };
}

/** A package’s folder, as findings name it. */
export function nameOf({ place: { tree, path } }: PackageFolder): string {
  return tree.nameOf(path);
}

async function foldersOf(named: string, { tree, fetched }: PackagePlaces): Promise<PackageFolder[]> {
  if (!named.endsWith(EVERY)) return [heldOr(named, { tree, ...(fetched && { fetched }) })];
  const folder = normalize(named.slice(0, -EVERY.length));
  const held = [...(fetched ?? [])].filter(
    ([part, { place }]) => part.startsWith(PACKAGE_PARTS) && dirname(place) === folder,
  );
  const onDisk = (await tree.folders(folder)).map((name) => join(folder, name));
  return [...held.map(([, { place }]) => place), ...onDisk].map((path) =>
    heldOr(path, { tree, ...(fetched && { fetched }) }),
  );
}

function heldOr(path: string, { tree, fetched }: PackagePlaces): PackageFolder {
  const part = partOf(path);
  const held = fetched?.get(part);
  const place =
    held === undefined
      ? { tree, path: normalize(path) }
      : { tree: new HeldFiles(held.files, held.place), path: '' };
  return { part, place };
}

/** The folder’s name, with its scope where it lies in one, as packages of npm do. */
function partOf(path: string): string {
  const folder = normalize(path).replace(/\/$/, '');
  const scope = basename(dirname(folder));
  return `${PACKAGE_PARTS}${scope.startsWith('@') ? `${scope}/` : ''}${basename(folder)}`;
}

/** A file that is there and cannot be read counts: it is refused where it is read. */
async function isThere({ place: { tree, path } }: PackageFolder): Promise<boolean> {
  const read = await tree.bytes(join(path, PACKAGE_FILE), FILE_BYTES_MAX);
  return read.kind === 'read' || read.findings.every(({ code }) => code !== 'file_missing');
}
