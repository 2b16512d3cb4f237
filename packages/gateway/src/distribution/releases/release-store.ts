import type { Activation, Release, ReleaseNote, ReleaseStep } from '@bailiff/contract';
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

/** Who took something back, how and why. */
export interface TakenBack {
  readonly kind: 'rolled_back' | 'promoted' | 'stopped';
  /** Empty, as what follows, where it is not known any more. */
  readonly by: string;
  readonly reason: string;
  readonly at: string;
  /** Policy version of the release that it was taken back with. */
  readonly policy_version: string;
}

/** What is not taken up again by itself. */
export interface Withdrawal extends TakenBack {
  /** SHA-256 of the part’s files, in hexadecimal; `absent` where taking the part away was taken back. */
  readonly digest: string;
  /** What it means, as `meaningsOf` tells it: alike of parts that differ in tests or comments. Absent where that is not known. */
  readonly meaning?: string | undefined;
}

/** One step of a release on trial. */
export interface TrialStep extends Pick<ReleaseStep, 'at' | 'by' | 'reason'> {
  readonly policy_version: string;
  readonly kind: 'watch' | 'canary' | 'stopped';
}

/** What outlives a restart, beside the releases. */
export interface DeliveryState {
  /** Oldest first; the last is the active one. */
  readonly activations: readonly Activation[];
  /** By part. */
  readonly withdrawn: Readonly<Record<string, readonly Withdrawal[]>>;
  /** Oldest first. */
  readonly trials: readonly TrialStep[];
}

/** Activations that are remembered, and steps of trials. */
export const ACTIVATIONS_MAX = 1_000;

/** What is remembered before anything happened. */
export const NOTHING_HAPPENED: DeliveryState = { activations: [], withdrawn: {}, trials: [] };

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
