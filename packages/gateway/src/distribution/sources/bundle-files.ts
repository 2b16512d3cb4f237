import { normalize } from 'node:path/posix';
import { compare } from '../finding.ts';

/** The files of one bundle: path with `/`, relative to its folder, to bytes. */
export type BundleFiles = ReadonlyMap<string, Uint8Array>;

/** Hidden files that belong to a bundle: what OPA keeps its manifest and its signatures in. */
export const HIDDEN_FILES: readonly string[] = ['.manifest', '.signatures.json'];

/** Approvals of a bundle, beside its files: hidden, so no part of what is approved. */
export const APPROVALS_FILE = '.approvals.json';

/** Whether a file is part of a bundle: none that is hidden, or lies in a folder that is, but those two. */
export function isBundleFile(path: string): boolean {
  return HIDDEN_FILES.includes(path) || path.split('/').every((segment) => !segment.startsWith('.'));
}

/** A bundle’s files but for OPA’s manifest and signatures. */
export function withoutHidden(files: BundleFiles): BundleFiles {
  return new Map([...files].filter(([path]) => !HIDDEN_FILES.includes(path)));
}

/** Paths in the order of code units. */
export function sortedPaths(files: BundleFiles): string[] {
  return [...files.keys()].sort(compare);
}

/** The files in a folder, named relative to it. */
export function filesBelow(files: BundleFiles, folder: string): BundleFiles {
  const start = normalize(`${folder}/`).replace(/^(?:\.?\/)+/, '');
  return new Map(
    [...files].flatMap(([path, bytes]) =>
      path.startsWith(start) ? [[path.slice(start.length), bytes]] : [],
    ),
  );
}
