import { hash } from 'node:crypto';
import type { Release } from '@bailiff/contract';
import type { EmbeddedEngine } from '../../decision/embedded/embedded-engine.ts';
import { engineDigest } from './engine-digest.ts';

/**
 * Makes a release ready in the embedded engine; gives what its verdict is kept under: everything that may change how it is
 * decided. @throws what `prepare` throws.
 */
export async function verdictKey(
  release: Release,
  { embedded, versions }: { readonly embedded: EmbeddedEngine; readonly versions: readonly string[] },
): Promise<string> {
  const { digest } = await embedded.prepare(release);
  return hash('sha256', [release.digest, digest, await engineDigest(), ...versions].join('\n'));
}
