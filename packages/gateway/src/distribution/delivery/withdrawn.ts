import type { DeliveryState, ReleaseVector } from '../releases/release-store.ts';
import { differingParts, digestsOf, REGISTRY } from './target.ts';

type Withdrawn = DeliveryState['withdrawn'];

/** Digests of one part that stay withdrawn. */
const WITHDRAWN_MAX = 50;

/** What is withdrawn once `left` gave way to `target`: the parts that differ, as `left` has them. */
export function withdrawnBy(left: ReleaseVector, target: ReleaseVector, before: Withdrawn): Withdrawn {
  const digests = digestsOf(left);
  const withdrawn = { ...before };
  for (const name of differingParts(left, target)) {
    const digest = digests.get(name);
    if (digest !== undefined)
      withdrawn[name] = [...new Set([...(withdrawn[name] ?? []), digest])].slice(-WITHDRAWN_MAX);
  }
  return withdrawn;
}

/** `wanted`, with what was withdrawn as `good` has it. */
export function withoutWithdrawn(
  wanted: ReleaseVector,
  good: ReleaseVector,
  withdrawn: Withdrawn,
): ReleaseVector {
  const digests = digestsOf(wanted);
  const isWithdrawn = (name: string) => {
    const digest = digests.get(name);
    return digest !== undefined && (withdrawn[name] ?? []).includes(digest);
  };
  const parts = new Map(wanted.parts);
  for (const name of wanted.parts.keys()) {
    const before = good.parts.get(name);
    if (before !== undefined && isWithdrawn(name)) parts.set(name, before);
  }
  if (!isWithdrawn(REGISTRY)) return { registry: wanted.registry, parts };
  // Bundles that only the old registry names come with it.
  for (const [name, part] of good.parts) if (!parts.has(name)) parts.set(name, part);
  return { registry: good.registry, parts };
}
