import {
  LIMIT_BYTES,
  readingOf,
} from '../../../packages/gateway/src/distribution/parts/testing/sample-part.ts';
import { unpackPart } from '../../../packages/gateway/src/distribution/parts/unpack-part.ts';

/** The digest that a packed bundle states of itself: what its owners approve. */
export async function claimedDigest(bundle: Uint8Array): Promise<string> {
  const files = readingOf(await unpackPart(bundle, { sizeLimitBytes: LIMIT_BYTES, name: 'compliance' }));
  const manifest = JSON.parse(Buffer.from(files.get('.manifest') ?? []).toString()) as {
    metadata: { digest: string };
  };
  return manifest.metadata.digest;
}
