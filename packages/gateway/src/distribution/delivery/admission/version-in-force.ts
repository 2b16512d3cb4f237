import type { VerifiedPart } from '../../parts/verify-part.ts';
import type { PartVersion } from '../../parts/version-findings.ts';
import type { StoredRelease } from '../../releases/release-store.ts';

/** Of what is in force only so much of the digest is known. */
export function shortened({ digest, ...part }: VerifiedPart): PartVersion {
  return { ...part, digest: digest.slice(0, 12) };
}

/** Version and digest of a bundle in force, as far as its revision says. */
export function versionInForce(name: string, good: StoredRelease | undefined): PartVersion | undefined {
  const revision = good?.release.data.bundles[name];
  if (revision === undefined) return undefined;
  const [version = '', digest = ''] = revision.split('+');
  return { name, version, digest, signedBy: undefined };
}
