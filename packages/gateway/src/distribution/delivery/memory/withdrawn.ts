import type { Activation } from '@bailiff/contract';
import type {
  DeliveryState,
  ReleaseVector,
  StoredRelease,
  TakenBack,
  Withdrawal,
} from '../../releases/release-store.ts';
import { differingParts, digestsOf, REGISTRY } from '../target.ts';
import { meaningsOf } from './meanings.ts';

type Withdrawn = DeliveryState['withdrawn'];

/** Withdrawals of one part that are remembered. */
const WITHDRAWN_MAX = 50;
/** Stands for a part that was not there: taking it away can be taken back as well. */
const ABSENT = 'absent';

/** A switch from one vector to another, and what of it is told of what is withdrawn by it. */
export interface Left {
  readonly left: ReleaseVector;
  readonly target: ReleaseVector;
  readonly told: TakenBack;
  /** What either made of its parts. */
  readonly means: {
    readonly left: ReadonlyMap<string, string>;
    readonly target: ReadonlyMap<string, string>;
  };
}

/** How one release gave way to another, by what is told of that. */
export function leftFor(
  left: StoredRelease,
  target: StoredRelease,
  { at, by, reason, kind }: Pick<Activation, 'at' | 'by' | 'reason'> & { readonly kind: string },
): Left {
  const how = kind === 'promoted' || kind === 'stopped' ? kind : 'rolled_back';
  const told = { kind: how, by, reason, at, policy_version: left.release.policyVersion } as const;
  const means = { left: meaningsOf(left), target: meaningsOf(target) };
  return { left: left.vector, target: target.vector, told, means };
}

/**
 * What is withdrawn once `left` gave way to `target`: the parts that differ, as `left` has them. What `target` has is not, since
 * somebody wants it.
 */
export function withdrawnBy({ left, target, told, means }: Left, before: Withdrawn): Withdrawn {
  const [digests, wanted] = [digestsOf(left), digestsOf(target)];
  const withdrawn = new Map(Object.entries(before));
  for (const name of differingParts(left, target)) {
    const digest = digests.get(name) ?? ABSENT;
    const meaning = means.left.get(name);
    withdrawn.set(name, withOne(withdrawn.get(name), { digest, ...told, ...(meaning && { meaning }) }));
  }
  for (const [name, known] of withdrawn) {
    const wants = ({ digest, meaning }: Withdrawal) =>
      digest === (wanted.get(name) ?? ABSENT) ||
      (meaning !== undefined && meaning === means.target.get(name));
    const kept = known.filter((one) => !wants(one));
    if (kept.length > 0) withdrawn.set(name, kept);
    else withdrawn.delete(name);
  }
  return Object.fromEntries(withdrawn);
}

/** The withdrawals of a part, with one more. */
export function withOne(known: readonly Withdrawal[] = [], one: Withdrawal): readonly Withdrawal[] {
  return [...known.filter(({ digest }) => digest !== one.digest), one].slice(-WITHDRAWN_MAX);
}

/** How each part of a vector that is withdrawn came to be so, by name: those too that are not in it, and may not be missing. */
export function withdrawalsIn(vector: ReleaseVector, withdrawn: Withdrawn): ReadonlyMap<string, Withdrawal> {
  const digests = digestsOf(vector);
  return new Map(
    Object.entries(withdrawn).flatMap(([name, known]) => {
      const found = known.find(({ digest }) => digest === (digests.get(name) ?? ABSENT));
      return found === undefined ? [] : [[name, found] as const];
    }),
  );
}

/** A withdrawal that keeps a part out; of the registry also that of a part that it would bring back, by name. */
export type KeptOut = Withdrawal & { readonly brings?: string };

/** Of these the ones for which `wanted` has something else than was `found`: what would be taken up but for them. */
export function withdrawnFrom(
  found: ReleaseVector,
  wanted: ReleaseVector,
  withdrawn: Withdrawn,
): readonly (readonly [string, KeptOut])[] {
  const taken = withdrawalsIn(found, withdrawn);
  const broughtBack = bringsBack(found, wanted, taken);
  return differingParts(found, wanted).flatMap((name) => {
    const withdrawal = taken.get(name) ?? (name === REGISTRY ? broughtBack : undefined);
    return withdrawal === undefined ? [] : [[name, withdrawal] as const];
  });
}

/**
 * What a registry would bring back that was taken back, and that the one in force does not have: whoever changes something else in
 * it has not asked for that. Undefined where it brings nothing back, or nothing is in force.
 */
function bringsBack(
  wanted: ReleaseVector,
  good: ReleaseVector,
  taken: ReadonlyMap<string, Withdrawal>,
): KeptOut | undefined {
  if (good.registry.size === 0) return undefined;
  const added = [...taken].find(([name]) => wanted.parts.has(name) && !good.parts.has(name));
  return added && { ...added[1], brings: added[0] };
}

/** `wanted`, with what was withdrawn as `good` has it. */
export function withoutWithdrawn(
  wanted: ReleaseVector,
  good: ReleaseVector,
  withdrawn: Withdrawn,
): ReleaseVector {
  const taken = withdrawalsIn(wanted, withdrawn);
  const isSameRegistry = digestsOf(wanted).get(REGISTRY) === digestsOf(good).get(REGISTRY);
  const takesRegistry =
    isSameRegistry || (!taken.has(REGISTRY) && bringsBack(wanted, good, taken) === undefined);
  const parts = new Map(wanted.parts);
  for (const name of wanted.parts.keys()) {
    const before = good.parts.get(name);
    if (!taken.has(name)) continue;
    if (before === undefined) parts.delete(name);
    else parts.set(name, before);
  }
  // Another registry may no longer name what was taken away with it.
  for (const [name, part] of good.parts)
    if (isSameRegistry && !wanted.parts.has(name) && taken.has(name)) parts.set(name, part);
  if (takesRegistry) return { registry: wanted.registry, parts };
  // Bundles that only the old registry names come with it.
  for (const [name, part] of good.parts) if (!parts.has(name)) parts.set(name, part);
  return { registry: good.registry, parts };
}
