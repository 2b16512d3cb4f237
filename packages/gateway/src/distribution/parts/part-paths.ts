import { compare } from '../finding.ts';
import type { BundleFiles } from '../sources/bundle-files.ts';
import { isBundleFile } from '../sources/bundle-files.ts';

/** Files in one part at most, unless less is asked for. */
export const FILES_MAX = 500;

/** Names nested deeper, or longer, are refused. */
const DEPTH_MAX = 8;
const NAME_BYTES_MAX = 240;

/** Files in which a bundle’s data lies, in its folder. */
const DATA_FILES = ['data.yaml', 'data.json'];

/** Characters that are not seen, or change how the others are. U+FFFD stands for bytes that were not UTF-8. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\uFFFD]/u;

/** Why no file of a part may have a name, as a sentence; undefined when it may. */
export function pathFault(path: string): string | undefined {
  const segments = path.split('/');
  if (path === '') return 'A name is empty.';
  if (UNSEEN.test(path)) return `The name ${quoted(path)} holds characters that are not text.`;
  if (path.normalize('NFC') !== path) return `The name ${quoted(path)} is not in Unicode’s form NFC.`;
  if (path.startsWith('/')) return `The name ${quoted(path)} is absolute.`;
  if (path.includes('\\')) return `The name ${quoted(path)} holds a backslash.`;
  if (segments.some((segment) => ['', '.', '..'].includes(segment)))
    return `The name ${quoted(path)} is not the plain path of a file within the bundle.`;
  if (segments.length > DEPTH_MAX) return `The name ${quoted(path)} is nested more than ${DEPTH_MAX} deep.`;
  if (Buffer.byteLength(path) > NAME_BYTES_MAX)
    return `The name ${quoted(path)} is longer than ${NAME_BYTES_MAX} bytes.`;
  if (!isBundleFile(path)) return `The file ${quoted(path)} is hidden.`;
  return undefined;
}

/** Why files cannot lie beside each other: one is the folder of another, or their names differ in case alone. */
export function pathsFault(paths: Iterable<string>): string | undefined {
  const folded = new Map<string, string>();
  for (const path of paths) {
    const key = path.toLowerCase();
    const other = folded.get(key);
    if (other !== undefined) return `There are both ${quoted(other)} and ${quoted(path)}.`;
    folded.set(key, path);
  }
  for (const [key, path] of folded) {
    for (let end = key.lastIndexOf('/'); end > 0; end = key.lastIndexOf('/', end - 1)) {
      if (folded.has(key.slice(0, end))) return `${quoted(path.slice(0, end))} is both a file and a folder.`;
    }
  }
  return undefined;
}

/** Where a file of a bundle’s folder stands in its archive: OPA takes data at the root only below the folder of that name. */
export function archivePathOf(root: readonly string[], path: string): string {
  return DATA_FILES.includes(path) ? `${root.join('/')}/${path}` : path;
}

/** Where a file of an archive stands in the bundle’s folder: the other way round. */
export function folderPathOf(root: readonly string[], path: string): string {
  return DATA_FILES.find((file) => path === archivePathOf(root, file)) ?? path;
}

/** The files as a bundle’s folder has them; undefined where that would give two files one name. */
export function inFolder(root: readonly string[], files: BundleFiles): BundleFiles | undefined {
  const placed = new Map([...files].map(([path, bytes]) => [folderPathOf(root, path), bytes]));
  return placed.size === files.size ? placed : undefined;
}

/** The files as an archive has them, in its order: OPA’s manifest first, the rest by name. */
export function inArchive(root: readonly string[], files: BundleFiles): BundleFiles {
  const placed = [...files].map(([path, bytes]) => [archivePathOf(root, path), bytes] as const);
  return new Map(placed.sort(([a], [b]) => compare(a, b)));
}

/** A name in quotes, with what is not seen written out. */
export function quoted(text: string): string {
  const cut = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return `\`${cut.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)}\``;
}
