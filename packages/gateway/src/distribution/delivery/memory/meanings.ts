import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { DeliveryState, StoredRelease, Withdrawal } from '../../releases/release-store.ts';
import { differingParts, digestsOf, REGISTRY } from '../target.ts';

/** A release and what it is made of. */
export type Made = Pick<StoredRelease, 'release' | 'vector'>;

/** What a release makes of each of its parts: the same of parts that differ in tests or comments. None where it cannot be told. */
export function meaningsOf({ release, vector }: Made): ReadonlyMap<string, string> {
  const {
    policy_version: version,
    bundles,
    overrides: _,
    canary_rules: __,
    digest: ___,
    ...registry
  } = release.data;
  const own = canonicalize([version.split('+')[0], registry, release.catalogue]) ?? '';
  const known = Object.entries(bundles).filter(([name]) => vector.parts.has(name));
  return new Map([[REGISTRY, hash('sha256', own)], ...known]);
}

/** Withdrawals that hold for a part as it is now too: it was taken back, and has other tests or comments since. */
export function takenBackAgain(
  made: Made,
  good: Made,
  withdrawn: DeliveryState['withdrawn'],
): readonly (readonly [part: string, Withdrawal])[] {
  if (Object.keys(withdrawn).length === 0) return [];
  const [meanings, digests] = [meaningsOf(made), digestsOf(made.vector)];
  const decides = meaningsOf(good);
  const known = new Map(Object.entries(withdrawn));
  return differingParts(good.vector, made.vector).flatMap((part) => {
    const [meaning, digest] = [meanings.get(part), digests.get(part)];
    if (meaning === undefined || digest === undefined || decides.get(part) === meaning) return [];
    const before = known.get(part)?.findLast((one) => one.meaning === meaning);
    return before === undefined ? [] : [[part, { ...before, digest }] as const];
  });
}
