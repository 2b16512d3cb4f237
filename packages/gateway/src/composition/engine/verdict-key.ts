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
  return hash('sha256', [release.digest, digest, await ownDigest(), ...versions].join('\n'));
}

let found: Promise<string> | undefined;

/** Of the code that this process runs, which does not change while it runs, whatever becomes of the files. */
function ownDigest(): Promise<string> {
  const finding = found ?? engineDigest();
  found = finding;
  finding.catch(() => (found = undefined)); // It may have been the machine.
  return finding;
}
