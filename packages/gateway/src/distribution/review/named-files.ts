import { hash } from 'node:crypto';
import { isAbsolute, normalize } from 'node:path/posix';
import type { ReleaseManifest } from '@bailiff/contract';
import type { SourceTree } from '../sources/folder.ts';

/** Most bytes of one file, as a release that is delivered may have in all. */
const NAMED_BYTES_MAX = 268_435_456;

/**
 * What the files hold that `release.yaml` names and nothing else reads here: keys and recorded decisions. By name, a SHA-256 in
 * hexadecimal. Those that cannot be read are left out, and those outside the folder, which are no part of it.
 */
export async function namedFiles(
  tree: SourceTree,
  { keys, corpus }: Pick<ReleaseManifest, 'keys' | 'corpus'>,
): Promise<ReadonlyMap<string, string>> {
  const names = new Set([
    ...Object.values(keys).map(({ file }) => file),
    ...(corpus === undefined ? [] : [corpus]),
  ]);
  const digests = new Map<string, string>();
  for (const name of names) {
    if (isAbsolute(name) || normalize(name).split('/')[0] === '..') continue;
    const bytes = await tree.bytes(name, NAMED_BYTES_MAX);
    if (bytes.kind === 'read') digests.set(name, hash('sha256', bytes.value));
  }
  return digests;
}
