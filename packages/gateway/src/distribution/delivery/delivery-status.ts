import type { Activation, ReleaseNote } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import type { RolloutStatus } from '../rollout/rollout.ts';
import type { SourceStatus } from './followed-source.ts';

/** Why a part is left as it was last good. */
export interface HeldBack {
  /** What it did not pass, as `verify`, `compose`, `tests`. */
  readonly check: string;
  readonly since: string;
  /** For people, in a line: file, row and what is wrong. */
  readonly detail: string;
  readonly findings: readonly Finding[];
}

/** How one bundle stands. */
export interface BundleStatus {
  readonly name: string;
  /** In the active release; null where it is in none. */
  readonly revision: string | null;
  readonly owners: readonly string[];
  readonly author: string;
  /** Where it comes from, for people. */
  readonly source: string;
  readonly signed_by: string | null;
  readonly approved_by: readonly string[];
  /** Of a bundle that is fetched; null for one that lies in the policy folder. */
  readonly pull: Omit<SourceStatus, 'name' | 'described'> | null;
  readonly held: HeldBack | null;
}

/** How policy stands: what decides, what is on trial, and what waits because something is wrong with it. */
export interface DeliveryStatus {
  readonly active: string | null;
  readonly rollout: RolloutStatus;
  readonly bundles: readonly BundleStatus[];
  /** By part; `release.yaml` stands for the registry itself. */
  readonly held: Readonly<Record<string, HeldBack>>;
  readonly last_attempt: {
    readonly at: string;
    readonly checks: ReleaseNote['preflight'];
    readonly objections: readonly string[];
  } | null;
  /** The latest, oldest first. */
  readonly activations: readonly Activation[];
}
