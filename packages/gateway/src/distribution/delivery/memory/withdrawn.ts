import type { DeliveryState, ReleaseVector } from '../../releases/release-store.ts';
import { differingParts, digestsOf, REGISTRY } from '../target.ts';

type Withdrawn = DeliveryState['withdrawn'];

/** Digests of one part that stay withdrawn. */
const WITHDRAWN_MAX = 50;
/** Stands for a part that was not there: taking it away can be taken back as well. */
const ABSENT = 'absent';

/**
 * What is withdrawn once `left` gave way to `target`: the parts that differ, as `left` has them. What `target` has is not, since
 * somebody wants it.
 */
export function withdrawnBy(left: ReleaseVector, target: ReleaseVector, before: Withdrawn): Withdrawn {
  const [digests, wanted] = [digestsOf(left), digestsOf(target)];
  const withdrawn = new Map(Object.entries(before));
  for (const name of differingParts(left, target)) {
    const known = withdrawn.get(name) ?? [];
    withdrawn.set(name, [...new Set([...known, digests.get(name) ?? ABSENT])].slice(-WITHDRAWN_MAX));
  }
  for (const [name, known] of withdrawn) {
    const kept = known.filter((digest) => digest !== (wanted.get(name) ?? ABSENT));
    if (kept.length > 0) withdrawn.set(name, kept);
    else withdrawn.delete(name);
  }
  return Object.fromEntries(withdrawn);
}

/** `wanted`, with what was withdrawn as `good` has it. */
export function withoutWithdrawn(
  wanted: ReleaseVector,
  good: ReleaseVector,
  withdrawn: Withdrawn,
): ReleaseVector {
  const digests = digestsOf(wanted);
  const isWithdrawn = (name: string) => {
    const digest = digests.get(name) ?? ABSENT;
    return Object.hasOwn(withdrawn, name) && withdrawn[name]?.includes(digest) === true;
  };
  const takesRegistry = !isWithdrawn(REGISTRY);
  const isSameRegistry = digests.get(REGISTRY) === digestsOf(good).get(REGISTRY);
  const parts = new Map(wanted.parts);
  for (const name of wanted.parts.keys()) {
    const before = good.parts.get(name);
    if (!isWithdrawn(name)) continue;
    if (before !== undefined) parts.set(name, before);
    // Another registry that names it still wants it: without it that registry could not hold. This one could.
    else if (!takesRegistry || isSameRegistry || good.registry.size === 0) parts.delete(name);
  }
  // Another registry may no longer name what was taken away with it.
  for (const [name, part] of good.parts)
    if (isSameRegistry && !wanted.parts.has(name) && isWithdrawn(name)) parts.set(name, part);
  if (takesRegistry) return { registry: wanted.registry, parts };
  // Bundles that only the old registry names come with it.
  for (const [name, part] of good.parts) if (!parts.has(name)) parts.set(name, part);
  return { registry: good.registry, parts };
}
