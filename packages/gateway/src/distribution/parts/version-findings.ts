import type { Finding } from '../finding.ts';
import { refused } from './refusal.ts';
import type { VerifiedPart } from './verify-part.ts';

/** What is compared of two parts of one bundle. */
export type PartVersion = Pick<VerifiedPart, 'name' | 'version' | 'digest' | 'signedBy'>;

/**
 * Why a part may not take the place of the active one: it is older, which only a rollback may be, or it is signed and gives other
 * content the same version. Nothing where it may, or nothing is active.
 */
export function versionFindings(candidate: PartVersion, active: PartVersion | undefined): readonly Finding[] {
  if (active === undefined) return [];
  const { name, version, digest, signedBy } = candidate;
  const order = compareVersions(version, active.version);
  const file = `${name}/bundle.yaml`;
  if (order < 0) {
    const detail = `Version ${version} of \`${name}\` is older than the active ${active.version}.`;
    const mend =
      'Publish it under a higher version, or go back to a whole release with `./bailiff release rollback --reason …`.';
    return refused(file, 'bundle_older', { detail, mend }).findings;
  }
  if (order > 0 || digest === active.digest || signedBy === undefined) return [];
  const detail = `Version ${version} of \`${name}\` is active with other content (${active.digest.slice(0, 12)}, not ${digest.slice(0, 12)}).`;
  return refused(file, 'version_reused', {
    detail,
    mend: 'Raise `version` in bundle.yaml with every change.',
  }).findings;
}

/** Negative where `a` is the older, positive where `b` is. Versions are three whole numbers of any length. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  for (const [position, number] of left.entries()) {
    const other = right[position] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  return 0;
}

function numbersOf(version: string): bigint[] {
  return version.split('.').map((part) => BigInt(part));
}
