import { constants } from 'node:fs';
import { type FileHandle, open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Failure } from '@bailiff/contract';
import { FILES_MAX, pathFault, pathsFault } from '../../../distribution/parts/part-paths.ts';
import { type BundleFiles, isBundleFile } from '../../../distribution/sources/bundle-files.ts';
import { unavailable } from '../unavailable.ts';

export interface FolderLimits {
  readonly bytesMax: number;
  /** Default: `FILES_MAX`. */
  readonly filesMax?: number;
  readonly signal: AbortSignal;
}

/** Folders nested deeper are refused: a link to the folder above would make them so without end. */
const DEPTH_MAX = 8;
const CHUNK_BYTES = 65_536;

/**
 * The files of a bundle’s folder, hidden ones left out. Links are followed within the folder and refused out of it.
 * @throws Failure `bundle_unavailable` for what cannot be taken, what the file system says, or what aborted the signal.
 */
export async function readFolder(root: string, limits: FolderLimits): Promise<BundleFiles> {
  const { filesMax = FILES_MAX, bytesMax, signal } = limits;
  const real = await realpath(root);
  const files = new Map<string, Uint8Array>();
  let left = bytesMax;
  let entries = 0;
  const walk = async (below: string, depth: number): Promise<void> => {
    if (depth > DEPTH_MAX)
      throw unavailable(`Folders are nested more than ${DEPTH_MAX} deep.`, 'Make them fewer.');
    const found = await readdir(join(real, below), { withFileTypes: true });
    for (const entry of found) {
      signal.throwIfAborted();
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (!isBundleFile(path)) continue;
      entries += 1;
      // Folders count too, or empty ones would have no bound.
      if (entries > 2 * filesMax || files.size >= filesMax) throw tooMany(filesMax);
      const target = entry.isSymbolicLink() ? await targetWithin(real, path) : join(real, path);
      const isFolder = entry.isSymbolicLink() ? await isDirectory(target) : entry.isDirectory();
      if (isFolder) {
        await walk(path, depth + 1);
        continue;
      }
      refuse(pathFault(path));
      const bytes = await readPlainFile(target, { bytesMax: left, path });
      if (bytes === undefined) throw tooLarge(bytesMax);
      left -= bytes.length;
      files.set(path, bytes);
    }
  };
  await walk('', 0);
  refuse(pathsFault(files.keys()));
  return files;
}

function refuse(fault: string | undefined): void {
  if (fault !== undefined) throw unavailable(fault, 'Rename it.');
}

/**
 * A plain file; undefined when it is longer than `bytesMax`. `path` names it for people.
 * @throws Failure `bundle_unavailable` for a pipe, a device or a link; what the file system says.
 */
export async function readPlainFile(
  file: string,
  { bytesMax, path }: { readonly bytesMax: number; readonly path: string },
): Promise<Uint8Array | undefined> {
  // Non-blocking, since opening a pipe waits for its other end; and no link, since it may have become one meanwhile.
  await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  const stats = await handle.stat();
  if (!stats.isFile()) throw unavailable(`${path} is no plain file.`, 'Take it out of the folder.');
  return stats.size > bytesMax ? undefined : await readBounded(handle, bytesMax);
}

/** What there is by the time it is read, which may be more than when it was asked for its size. */
async function readBounded(handle: FileHandle, bytesMax: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, null);
    if (bytesRead === 0) return new Uint8Array(Buffer.concat(chunks));
    bytes += bytesRead;
    if (bytes > bytesMax) return undefined;
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

/** Where a file leads that may be a link; `root` is without links. @throws Failure `bundle_unavailable` when that is out of the folder. */
export async function targetWithin(root: string, path: string): Promise<string> {
  const target = await realpath(join(root, path));
  if (target === root || target.startsWith(root + sep)) return target;
  throw unavailable(
    `${path} is a symbolic link out of the folder.`,
    'Put the file itself there, or take the link away.',
  );
}

async function isDirectory(path: string): Promise<boolean> {
  await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return (await handle.stat()).isDirectory();
}

/** A bundle that is larger than its source may be. */
export function tooLarge(bytesMax: number): Failure {
  return unavailable(
    `The bundle has more than ${bytesMax} bytes.`,
    'Make it smaller, or raise size_limit_bytes of its source.',
  );
}

/** A bundle of more files than any may have. */
export function tooMany(filesMax: number = FILES_MAX): Failure {
  return unavailable(
    `The bundle has more than ${filesMax} files.`,
    'Split it, or take out what is no policy.',
  );
}
