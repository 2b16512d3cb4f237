import type { Activation, Release } from '@bailiff/contract';
import type { BuiltRelease } from '../build-release.ts';
import type { ReleaseStore } from '../releases/release-store.ts';
import type { Rollout } from '../rollout/rollout.ts';
import type { HeldBack } from './delivery-status.ts';
import type { FetchedPartsOptions } from './fetched-parts.ts';
import type { PreflightOptions } from './preflight.ts';

/** What happened to policy, for the log and for metrics. */
export type DeliveryEvent =
  | { readonly kind: 'activated'; readonly activation: Activation; readonly built: BuiltRelease | undefined }
  | {
      readonly kind: 'on_trial';
      readonly policy_version: string;
      readonly stage: 'watch' | 'canary';
      readonly by: string;
      readonly reason: string;
    }
  | { readonly kind: 'held'; readonly part: string; readonly held: HeldBack }
  | { readonly kind: 'refused'; readonly detail: string };

export interface DeliveryOptions
  extends Omit<PreflightOptions, 'parsed' | 'before' | 'isFirst'>,
    Pick<FetchedPartsOptions, 'openFetcher' | 'lastGood' | 'random' | 'onTrouble'> {
  /** Folder that holds `release.yaml`. */
  readonly directory: string;
  readonly store: ReleaseStore;
  readonly rollout: Pick<Rollout, 'begin' | 'replace' | 'resume' | 'promote' | 'stop' | 'status'>;
  /** The release that decides; undefined before the first. */
  readonly current: () => Release | undefined;
  /** Required bundles that count as missing from now on: calls that they speak for are refused. Never throws. */
  readonly onMissing: (bundles: ReadonlySet<string>) => void;
  /** What else than the sources makes a release what it is: the kernel and the versions that compose it. */
  readonly madeWith: string;
  /** Told of changes in the policy folder; looked at all the same. Disposed of with the delivery. */
  readonly watch: (onChange: () => void) => AsyncDisposable;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Never throws. */
  readonly onEvent: (event: DeliveryEvent) => void;
}
