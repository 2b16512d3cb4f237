import type { Release, Rollout } from '@bailiff/contract';
import { DenialTally } from './denial-tally.ts';
import { FaultTally } from './fault-tally.ts';

/** What of a release's `rollout` governs its trial. */
export type RolloutSettings = Pick<Rollout, 'canary' | 'denial_band' | 'errors_max'>;

/** Shares of agents that are mostly denied, told in numbers. */
export interface DenialStatus {
  readonly agents: number;
  readonly denied: number;
}

/** Counts of what one release does, beside what it is measured by. */
export class TrialState {
  readonly release: Release;
  readonly settings: RolloutSettings;
  readonly sinceMs: number;
  /** Of the release itself. */
  readonly own: DenialTally;
  /** Of the release that it is measured by. */
  readonly beside: DenialTally;
  calls = 0;
  differing = 0;
  readonly faults: FaultTally;
  /** Why it may not go further by itself; told once. */
  halted: string | undefined;

  constructor(
    release: Release,
    settings: RolloutSettings,
    of: { readonly sinceMs: number; readonly own?: DenialTally; readonly beside?: DenialTally },
  ) {
    this.release = release;
    this.settings = settings;
    this.sinceMs = of.sinceMs;
    this.own = of.own ?? new DenialTally();
    this.beside = of.beside ?? new DenialTally();
    this.faults = new FaultTally(settings.errors_max);
  }

  /** Says, once, that more agents are denied than the band allows; undefined where not, or where too few called to tell. */
  outOfBand(): string | undefined {
    const { above, agents_min } = this.settings.denial_band;
    if (this.halted !== undefined || this.own.agents < agents_min || this.beside.agents < agents_min)
      return undefined;
    if (this.own.share <= this.beside.share + above) return undefined;
    this.halted =
      `It denies most calls of ${this.own.denied} among ${this.own.agents} agents, the release that it is measured by of ` +
      `${this.beside.denied} among ${this.beside.agents}.`;
    return this.halted;
  }
}
