import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { BundleOrigin } from '@bailiff/contract';
import type {
  BundleFetcher,
  Fetched,
  FetchedContent,
} from '../../../distribution/delivery/bundle-fetcher.ts';
import { APPROVALS_FILE, sortedPaths } from '../../../distribution/sources/bundle-files.ts';
import { APPROVALS_BYTES_MAX, APPROVALS_SUFFIX, approvalsFrom } from '../approvals.ts';
import { failureFrom, unavailable } from '../unavailable.ts';
import { readFolder, readPlainFile, targetWithin, tooLarge } from './folder-files.ts';
import { Watcher } from './watcher.ts';

export type DirectoryOrigin = Extract<BundleOrigin, { kind: 'directory' }>;

/**
 * A bundle from a folder of its files, or from one `bundle.tar.gz`. It is watched. Approvals are in `.approvals.json` in the folder, or
 * in a file beside the bundle with its name and that.
 */
export class DirectoryFetcher implements BundleFetcher {
  readonly described: string;
  readonly #origin: DirectoryOrigin;
  readonly #path: string;
  #watcher: Watcher | undefined;
  #watched: 'folder' | 'file' | undefined;

  constructor(origin: DirectoryOrigin, directory: string) {
    this.#origin = origin;
    this.#path = resolve(directory, origin.path);
    this.described = `folder ${origin.path}`;
  }

  async fetch(known: string | undefined, signal: AbortSignal): Promise<Fetched> {
    try {
      const kind = (await stat(this.#path)).isDirectory() ? 'folder' : 'file';
      this.#watch(kind);
      const content = kind === 'folder' ? await this.#folder(signal) : await this.#file();
      const approvals = await this.#approvals(kind);
      const version = versionOf(content, approvals);
      if (version === known) return { kind: 'unchanged' };
      const list = approvals === undefined ? [] : approvalsFrom(approvals, 'The list of approvals');
      return { kind: 'found', content, version, approvals: list };
    } catch (thrown) {
      throw failureFrom(thrown, signal, (reason) => this.#unreadable(reason));
    }
  }

  async whenChanged(signal: AbortSignal): Promise<void> {
    const watcher = this.#watcher ?? this.#watch('file');
    await watcher.changed(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watcher?.[Symbol.dispose]();
  }

  /** A file is watched in its folder: programs put another in its place instead of writing to it. */
  #watch(kind: 'folder' | 'file'): Watcher {
    if (this.#watcher === undefined || this.#watched !== kind) {
      this.#watcher?.[Symbol.dispose]();
      this.#watched = kind;
      const name = basename(this.#path);
      const concerns = (changed: string | null) =>
        kind === 'folder' || changed === null || changed === name || changed === name + APPROVALS_SUFFIX;
      const path = kind === 'folder' ? this.#path : dirname(this.#path);
      this.#watcher = new Watcher(path, { recursive: kind === 'folder', concerns });
    }
    this.#watcher.settle();
    return this.#watcher;
  }

  async #folder(signal: AbortSignal): Promise<FetchedContent> {
    const files = await readFolder(this.#path, { bytesMax: this.#origin.size_limit_bytes, signal });
    if (files.size === 0) throw unavailable('The folder is empty.', 'Put the bundle’s files there.');
    return { kind: 'files', files };
  }

  async #file(): Promise<FetchedContent> {
    const bytesMax = this.#origin.size_limit_bytes;
    const bytes = await readPlainFile(await realpath(this.#path), { bytesMax, path: this.#origin.path });
    if (bytes === undefined) throw tooLarge(bytesMax);
    return { kind: 'archive', bytes };
  }

  async #approvals(kind: 'folder' | 'file'): Promise<string | undefined> {
    const path = kind === 'folder' ? join(this.#path, APPROVALS_FILE) : this.#path + APPROVALS_SUFFIX;
    try {
      const target =
        kind === 'folder'
          ? await targetWithin(await realpath(this.#path), APPROVALS_FILE)
          : await realpath(path);
      const bytes = await readPlainFile(target, { bytesMax: APPROVALS_BYTES_MAX, path: basename(path) });
      if (bytes !== undefined) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw thrown;
    }
    throw unavailable(
      `${basename(path)} is longer than ${APPROVALS_BYTES_MAX} bytes.`,
      'Keep only this bundle’s approvals.',
    );
  }

  #unreadable(reason: string) {
    const { path } = this.#origin;
    if (reason.startsWith('ENOENT'))
      return unavailable(`There is no ${path}.`, 'Put the bundle there, or correct the path of its source.');
    return unavailable(`${path} cannot be read: ${reason}`, 'Let the gateway’s user read it.');
  }
}

/** A digest over names, lengths and bytes, so that no two folders have the same. */
function versionOf(content: FetchedContent, approvals: string | undefined): string {
  const hash = createHash('sha256');
  const add = (name: string, bytes: Uint8Array | string) =>
    hash.update(JSON.stringify([name, Buffer.byteLength(bytes)])).update(bytes);
  if (content.kind === 'archive') add('', content.bytes);
  else for (const path of sortedPaths(content.files)) add(path, content.files.get(path) ?? '');
  if (approvals !== undefined) add(APPROVALS_FILE, approvals);
  return `sha256:${hash.digest('hex')}`;
}
