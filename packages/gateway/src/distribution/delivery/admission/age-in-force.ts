import { BundleFailure } from '../../finding.ts';
import type { StoredRelease } from '../../releases/release-store.ts';
import { isSameRegistry, type PolicyFolder } from '../target.ts';
import { type FoundBy, type VerifyingRegistry, verifiedBy, verifyingRegistry } from './other-registry.ts';

/** What a source was found to have, and when it was last known to have it. */
export interface Looked extends Pick<FoundBy, 'found'> {
  /** Milliseconds since 1970; undefined where nothing was taken from it. */
  readonly at: number | undefined;
}

/**
 * How old required bundles may be by the registry in force, where the folder’s is another that is not in use: until it is, it cannot
 * raise the limit, nor have the bundle come from somewhere else. Only what holds by the registry in force is known to be current.
 */
export class AgeInForce {
  /** Longest age in milliseconds, by name, where the folder’s own does not say all. */
  #limits: ReadonlyMap<string, number> = new Map();
  /** What of a source holds by the registry in force. */
  readonly #holds = new Map<string, FoundBy['found']>();
  /** When each was last known to be current, in milliseconds since 1970. */
  readonly #currentAt = new Map<string, number>();

  /** To be told of each round, and of what each source has. */
  async heed(
    {
      folder,
      good,
      trial,
    }: {
      readonly folder: Pick<PolicyFolder, 'manifest' | 'registry' | 'parts'>;
      readonly good: StoredRelease | undefined;
      readonly trial: StoredRelease | undefined;
    },
    looked: ReadonlyMap<string, Looked>,
    clock: () => number,
  ): Promise<void> {
    const isInUse = [good, trial].some((one) => one !== undefined && isSameRegistry(folder, one.vector));
    const inForce = good === undefined || isInUse ? undefined : await readable(good);
    this.#limits = limitsOf(inForce);
    this.#holds.clear();
    for (const [name, { found }] of looked) {
      const registration = folder.manifest.bundles[name];
      const was = { found, registration };
      if (inForce === undefined || (await verifiedBy(inForce, { name, was, clock })).kind === 'read')
        this.#holds.set(name, found);
    }
    for (const name of this.#currentAt.keys())
      if (!looked.has(name) && !this.#limits.has(name)) this.#currentAt.delete(name);
    this.note(looked);
  }

  /** When what holds was last looked at is kept, though it be found no more. */
  note(looked: ReadonlyMap<string, Looked>): void {
    for (const [name, { found, at }] of looked)
      if (at !== undefined && found !== undefined && this.#holds.get(name) === found)
        this.#currentAt.set(name, Math.max(at, this.#currentAt.get(name) ?? at));
  }

  /** Names of those that are too old by the registry in force. */
  stale(now: number): readonly string[] {
    return [...this.#limits].flatMap(([name, maxMs]) => {
      const at = this.#currentAt.get(name);
      return at === undefined || now - at > maxMs ? [name] : [];
    });
  }
}

/** Undefined for what another version of the gateway composed and this one cannot read: it is for the folder’s to replace. */
function readable({ vector }: StoredRelease): Promise<VerifyingRegistry | undefined> {
  return verifyingRegistry(vector).catch((thrown: unknown) => {
    if (thrown instanceof BundleFailure) return undefined;
    throw thrown;
  });
}

function limitsOf(registry: VerifyingRegistry | undefined): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(registry?.bundles ?? {}).flatMap(([name, { required, source }]) =>
      required && source?.max_staleness_seconds !== undefined
        ? [[name, source.max_staleness_seconds * 1_000] as const]
        : [],
    ),
  );
}
