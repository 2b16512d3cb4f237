import type { Activation, Release, ReleaseNote } from '@bailiff/contract';
import type { BundleFiles } from '../sources/bundle-files.ts';

/** The files that a release is composed of: what it takes to compose it again, or to go on from it. */
export interface ReleaseVector {
  /** `release.yaml` and the files that it names, but no bundle’s. */
  readonly registry: BundleFiles;
  /** By bundle name. */
  readonly parts: ReadonlyMap<string, VectorPart>;
}

/** One bundle of a vector. */
export interface VectorPart {
  readonly files: BundleFiles;
  /** What findings call its folder: its path beside `release.yaml`, or its name. */
  readonly place: string;
  /** Who wrote it, as its signature says; empty where nobody says. */
  readonly author: string;
}

/** A release as it was kept. */
export interface StoredRelease {
  readonly release: Release;
  readonly note: ReleaseNote;
  readonly vector: ReleaseVector;
  /** What else it was made with: the kernel and the versions that composed it. */
  readonly madeWith: string;
}

/** What outlives a restart, beside the releases. */
export interface DeliveryState {
  /** Oldest first; the last is the active one. */
  readonly activations: readonly Activation[];
  /** Part → digests of its files that were rolled back: they are not taken up again by themselves. */
  readonly withdrawn: Readonly<Record<string, readonly string[]>>;
}

/** Activations that are remembered. */
export const ACTIVATIONS_MAX = 1_000;

/** Keeps releases, so that any of them can decide again at once. */
export interface ReleaseStore {
  /** Resolves once it is durable. The oldest that was not active lately may be dropped for it. @throws what the disk says. */
  keep(stored: StoredRelease): Promise<void>;
  /** Undefined where there is none of that version, or it was damaged. */
  find(policyVersion: string): Promise<StoredRelease | undefined>;
  /** Newest first. */
  notes(): Promise<readonly ReleaseNote[]>;
  state(): Promise<DeliveryState>;
  remember(state: DeliveryState): Promise<void>;
}
