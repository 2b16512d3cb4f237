import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Json, JsonObject } from '@bailiff/contract';
import { type Extract, extract } from 'tar-stream';
import { isObject } from '../../sources/document.ts';

/** What a composed release is made of. */
export interface ComposedFiles {
  /** Everything below `data`. */
  readonly data: JsonObject;
  /** Rego by path, as `compliance/compliance.rego`. */
  readonly modules: ReadonlyMap<string, string>;
}

/** Most bytes that a bundle may unpack to: the same as what engines take. */
const UNPACKED_BYTES_MAX = 536_870_912;

type TarEntry = Extract extends AsyncIterable<infer One> ? One : never;

/**
 * The files of a release’s bundle, by their paths. Each has to be read or passed over before the next.
 * @throws where it is no bundle, or is larger than it may be.
 */
export async function* composedEntries(
  bundle: Uint8Array,
): AsyncGenerator<{ readonly path: string; readonly entry: TarEntry }> {
  const unpacked: Buffer = await promisify(gunzip)(bundle, { maxOutputLength: UNPACKED_BYTES_MAX });
  const entries = extract();
  entries.end(unpacked);
  for await (const entry of entries) yield { path: entry.header.name.replace(/^(\.?\/)+/, ''), entry };
}

/** Takes data and Rego out of a release’s bundle. @throws where it is no bundle, holds no data, or is larger than it may be. */
export async function composedFiles(bundle: Uint8Array): Promise<ComposedFiles> {
  const modules = new Map<string, string>();
  let data: Json | undefined;
  for await (const { path, entry } of composedEntries(bundle)) {
    const isData = path === 'data.json';
    if (!isData && !path.endsWith('.rego')) {
      entry.resume();
      continue;
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await buffer(entry));
    if (isData) data = JSON.parse(text) as Json;
    else modules.set(path, text);
  }
  if (!isObject(data)) throw new Error('It holds no data.');
  return { data, modules };
}
