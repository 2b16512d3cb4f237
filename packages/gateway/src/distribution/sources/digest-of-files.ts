import { hash } from 'node:crypto';
import { type BundleFiles, sortedPaths } from './bundle-files.ts';

/** The same files are asked about with every delivery, and never change. */
const DIGESTS = new WeakMap<BundleFiles, string>();

/** SHA-256 over every byte of some files and their paths, in hexadecimal. */
export function digestOfFiles(files: BundleFiles): string {
  const known = DIGESTS.get(files);
  if (known !== undefined) return known;
  const listed = sortedPaths(files).map((path) => [path, hash('sha256', files.get(path) ?? '')]);
  const digest = hash('sha256', JSON.stringify(listed));
  DIGESTS.set(files, digest);
  return digest;
}
