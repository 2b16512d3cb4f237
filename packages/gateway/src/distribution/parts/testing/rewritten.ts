/** A signed part whose manifest says otherwise, signed anew: what a holder of a signing key can make. */
import { CompactSign } from 'jose';
import type { BundleFiles } from '../../sources/bundle-files.ts';
import { signedHashOf } from '../signing/structured-hash.ts';
import { unpackPart } from '../unpack-part.ts';
import { LIMIT_BYTES, NOW_MS, readingOf, type SampleKey } from './sample-part.ts';

export async function rewritten(
  archive: Uint8Array,
  key: SampleKey,
  metadata: Readonly<Record<string, string>>,
): Promise<BundleFiles> {
  const unpacked = await unpackPart(archive, { sizeLimitBytes: LIMIT_BYTES, name: 'compliance' });
  const files = new Map(readingOf(unpacked));
  const manifest = JSON.parse(Buffer.from(files.get('.manifest') ?? []).toString());
  const changed = { ...manifest, metadata: { ...manifest.metadata, ...metadata } };
  files.set('.manifest', Buffer.from(JSON.stringify(changed)));
  files.delete('.signatures.json');
  const list = [...files].map(([name, bytes]) => ({
    name,
    hash: signedHashOf(name, bytes),
    algorithm: 'SHA-256',
  }));
  const claims = { files: list, keyid: key.id, iat: NOW_MS / 1_000, ...metadata };
  const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: key.algorithm })
    .sign(key.privateKey);
  files.set('.signatures.json', Buffer.from(JSON.stringify({ signatures: [token] })));
  return files;
}
