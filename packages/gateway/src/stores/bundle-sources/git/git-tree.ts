import { FILES_MAX, pathFault, pathsFault } from '../../../distribution/parts/part-paths.ts';
import {
  APPROVALS_FILE,
  type BundleFiles,
  isBundleFile,
} from '../../../distribution/sources/bundle-files.ts';
import { APPROVALS_BYTES_MAX } from '../approvals.ts';
import { tooLarge, tooMany } from '../folder/folder-files.ts';
import { unavailable } from '../unavailable.ts';

/** One file of a commit. */
export interface GitFile {
  readonly path: string;
  readonly object: string;
  readonly bytes: number;
}

/**
 * The files of a bundle among what `git ls-tree -r -z -l` prints, and its list of approvals.
 * @throws Failure `bundle_unavailable` for links, submodules, and more than may be.
 */
export function gitFilesOf(
  listing: string,
  bytesMax: number,
  filesMax: number = FILES_MAX,
): { readonly files: readonly GitFile[]; readonly approvals: GitFile | undefined } {
  const files: GitFile[] = [];
  let approvals: GitFile | undefined;
  let bytes = 0;
  for (const row of listing.split('\0')) {
    if (row === '') continue;
    const [, mode = '', object = '', size = '', path = ''] =
      /^(\d{6}) \w+ ([0-9a-f]+) +(\d+|-)\t(.*)$/s.exec(row) ?? [];
    if (path === APPROVALS_FILE && FILE_MODES.includes(mode)) {
      if (Number(size) > APPROVALS_BYTES_MAX) throw tooLarge(APPROVALS_BYTES_MAX);
      approvals = { path, object, bytes: Number(size) };
      continue;
    }
    if (!isBundleFile(path)) continue;
    if (mode === '120000')
      throw unavailable(`${path} is a symbolic link.`, 'Put the file itself into the repository.');
    if (mode === '160000')
      throw unavailable(
        `${path} is a submodule.`,
        'Put its files into the repository, or make it a bundle of its own.',
      );
    if (!FILE_MODES.includes(mode))
      throw unavailable('The listing of the commit cannot be read.', 'Update git.');
    refuse(pathFault(path));
    bytes += Number(size);
    files.push({ path, object, bytes: Number(size) });
    if (files.length > filesMax) throw tooMany(filesMax);
    if (bytes > bytesMax) throw tooLarge(bytesMax);
  }
  refuse(pathsFault(files.map(({ path }) => path)));
  return { files, approvals };
}

/** git itself takes names that no folder could hold. */
function refuse(fault: string | undefined): void {
  if (fault !== undefined) throw unavailable(fault, 'Rename it in the repository.');
}

/** The contents of files, in their order, from what `git cat-file --batch` prints. @throws Failure `bundle_unavailable`. */
export function gitContentsOf(output: Buffer, files: readonly GitFile[]): Uint8Array[] {
  let offset = 0;
  return files.map(({ object, bytes }) => {
    const end = output.indexOf(0x0a, offset);
    const header = output.toString('latin1', offset, end);
    if (end < 0 || header !== `${object} blob ${bytes}`)
      throw unavailable('git does not have a file of the commit.', 'It is tried again.');
    offset = end + 1 + bytes + 1;
    return new Uint8Array(output.subarray(end + 1, end + 1 + bytes));
  });
}

export function bundleFilesOf(files: readonly GitFile[], contents: readonly Uint8Array[]): BundleFiles {
  return new Map(files.map(({ path }, index) => [path, contents[index] ?? new Uint8Array()]));
}

const FILE_MODES: readonly string[] = ['100644', '100755', '100664'];
