import { gunzip, type Zlib } from 'node:zlib';
import { extract } from 'tar-stream';
import type { BundleFiles } from '../sources/bundle-files.ts';
import type { Reading } from '../sources/document.ts';
import { FILES_MAX, pathFault, pathsFault, quoted } from './part-paths.ts';
import { type Refused, refused } from './refusal.ts';

/** What an archive may hold at most. */
export interface UnpackLimits {
  /** Bytes, packed and unpacked alike. */
  readonly sizeLimitBytes: number;
  /** Default: 500. */
  readonly filesMax?: number;
  /** What findings call the archive. */
  readonly name: string;
}

/**
 * The files of a `bundle.tar.gz`, OPA’s manifest and signatures among them. Nothing is written to disk and nothing but gzip and tar is
 * parsed. Refuses whatever two readers of archives could take for different files: links, devices, absolute and climbing
 * names, names that occur twice, bytes behind the archive.
 */
export async function unpackPart(bytes: Uint8Array, limits: UnpackLimits): Promise<Reading<BundleFiles>> {
  const { sizeLimitBytes, name } = limits;
  if (bytes.length > sizeLimitBytes) return tooLarge(name, sizeLimitBytes);
  const tar = await gunzipped(bytes, limits);
  if (tar.kind === 'refused') return tar;
  try {
    return await filesOf(tar.value, limits);
  } catch (thrown) {
    return invalid(name, `It is no tar archive: ${(thrown as Error).message}.`);
  }
}

async function gunzipped(
  bytes: Uint8Array,
  { sizeLimitBytes, name }: UnpackLimits,
): Promise<Reading<Uint8Array>> {
  const { promise, resolve } = Promise.withResolvers<Reading<Uint8Array>>();
  gunzip(bytes, { maxOutputLength: sizeLimitBytes, info: true }, (error, result) => {
    if (error !== null) {
      const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      resolve(isTooLarge ? tooLarge(name, sizeLimitBytes) : invalid(name, `${error.message}.`));
      return;
    }
    // With `info`, which @types/node does not follow, both come in one object.
    const { buffer, engine } = result as unknown as { buffer: Buffer; engine: Zlib };
    // Several members are read as one; bytes behind the last are dropped without a word.
    const behind = bytes.length - engine.bytesWritten;
    if (behind === 0) resolve({ kind: 'read', value: buffer });
    else resolve(invalid(name, `${behind} bytes stand behind the end of the archive.`));
  });
  return await promise;
}

async function filesOf(
  tar: Uint8Array,
  { name, filesMax = FILES_MAX }: UnpackLimits,
): Promise<Reading<BundleFiles>> {
  const files = new Map<string, Uint8Array>();
  const reader = extract();
  reader.end(Buffer.from(tar.buffer, tar.byteOffset, tar.byteLength));
  let entries = 0;
  for await (const entry of reader) {
    const { type } = entry.header;
    entries += 1;
    // Folders count too, or an archive of them alone would have no bound but its size.
    if (entries > 2 * filesMax || files.size >= filesMax) return tooMany(name, filesMax);
    const path = entry.header.name.replace(/^\.\//, '');
    if (type === 'directory') {
      const folder = path.replace(/\/$/, '');
      const fault = folder === '' || folder === '.' ? undefined : pathFault(folder);
      if (fault !== undefined) return entryRefused(name, fault);
      entry.resume();
      continue;
    }
    if (type !== 'file') return entryRefused(name, `${quoted(path)} is no plain file.`);
    const fault = pathFault(path);
    if (fault !== undefined) return entryRefused(name, fault);
    if (files.has(path)) return entryRefused(name, `There are two files ${quoted(path)}.`);
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    files.set(path, new Uint8Array(Buffer.concat(chunks)));
  }
  const fault = pathsFault(files.keys());
  if (fault !== undefined) return entryRefused(name, fault);
  if (files.size === 0) return invalid(name, 'It holds no file.');
  return { kind: 'read', value: files };
}

function tooLarge(name: string, sizeLimitBytes: number): Refused {
  const detail = `The bundle has more than ${sizeLimitBytes} bytes.`;
  return refused(name, 'archive_too_large', {
    detail,
    mend: 'Make it smaller, or raise `size_limit_bytes` of its source.',
  });
}

function tooMany(name: string, filesMax: number): Refused {
  const detail = `The bundle holds more than ${filesMax} files.`;
  return refused(name, 'too_many_files', { detail, mend: 'Split the bundle.' });
}

function invalid(name: string, detail: string): Refused {
  const mend = 'Fetch it again, or make it with `./bailiff bundle build`.';
  return refused(name, 'archive_invalid', { detail: `The archive cannot be read. ${detail}`, mend });
}

function entryRefused(name: string, detail: string): Refused {
  const mend = 'Make the archive with `./bailiff bundle build`.';
  return refused(name, 'archive_entry_refused', { detail, mend });
}
