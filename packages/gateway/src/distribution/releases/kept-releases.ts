import { LRUCache } from 'lru-cache';
import type { ReleaseStore, StoredRelease } from './release-store.ts';

/** Releases of which everything is at hand, so that going back to them reads nothing. */
const AT_HAND_MAX = 4;

/** The releases of a store, the latest at hand. */
export class KeptReleases {
  readonly #store: Pick<ReleaseStore, 'find' | 'keep'>;
  readonly #atHand = new LRUCache<string, StoredRelease>({ max: AT_HAND_MAX });

  constructor(store: Pick<ReleaseStore, 'find' | 'keep'>) {
    this.#store = store;
  }

  /** Undefined where there is none of that version, or it was damaged. */
  readonly find = async (policyVersion: string): Promise<StoredRelease | undefined> =>
    this.#atHand.get(policyVersion) ?? (await this.#store.find(policyVersion));

  /** Resolves once it is durable. @throws what the disk says. */
  async keep(stored: StoredRelease): Promise<void> {
    await this.#store.keep(stored);
    this.hold(stored);
  }

  /** It is gone back to, if at all, soon. */
  hold(stored: StoredRelease): void {
    this.#atHand.set(stored.release.policyVersion, stored);
  }
}
