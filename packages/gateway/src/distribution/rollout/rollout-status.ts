import type { Release } from '@bailiff/contract';
import type { Candidate } from './candidate.ts';
import type { DenialTally } from './denial-tally.ts';
import type { DenialStatus, TrialState } from './trial-state.ts';

export interface RolloutStatus {
  readonly trial: {
    readonly policy_version: string;
    readonly stage: Candidate['stage'];
    readonly since: string;
    readonly calls: number;
    /** Calls of which it said anything else than the active release; counted in `watch` only. */
    readonly differing: number;
    readonly errors: number;
    readonly errors_max: number;
    readonly denials: { readonly candidate: DenialStatus; readonly active: DenialStatus };
    /** Why it is not promoted unless somebody insists. */
    readonly halted: string | null;
  } | null;
  /** The release that came to decide lately, while it may still be taken back by itself. */
  readonly window: {
    readonly policy_version: string;
    readonly previous: string;
    readonly until: string;
    readonly errors: number;
    readonly errors_max: number;
    readonly halted: string | null;
  } | null;
  /** How the last trial was ended; null where what it tried decides all the same by now, or is tried again. */
  readonly stopped: { readonly policy_version: string; readonly at: string; readonly reason: string } | null;
}

/** How a trial stands. */
export function trialStatus({
  stage,
  state,
}: {
  readonly stage: Candidate['stage'];
  readonly state: TrialState;
}): NonNullable<RolloutStatus['trial']> {
  return {
    policy_version: state.release.policyVersion,
    stage,
    since: new Date(state.sinceMs).toISOString(),
    calls: state.calls,
    differing: state.differing,
    errors: state.faults.counted,
    errors_max: state.settings.errors_max,
    denials: { candidate: denialsOf(state.own), active: denialsOf(state.beside) },
    halted: state.halted ?? null,
  };
}

/** How it stands with taking back by itself what came to decide lately. */
export function windowStatus({
  previous,
  state,
  untilMs,
}: {
  readonly previous: Release;
  readonly state: TrialState;
  readonly untilMs: number;
}): NonNullable<RolloutStatus['window']> {
  return {
    policy_version: state.release.policyVersion,
    previous: previous.policyVersion,
    until: new Date(untilMs).toISOString(),
    errors: state.faults.counted,
    errors_max: state.settings.errors_max,
    halted: state.halted ?? null,
  };
}

/** How the last trial was ended, unless one of these releases was in it: those are told of as what they are now. */
export function stopStatus(
  stopped: RolloutStatus['stopped'],
  now: readonly (Pick<Release, 'policyVersion'> | undefined)[],
): RolloutStatus['stopped'] {
  return now.some((release) => release?.policyVersion === stopped?.policy_version) ? null : stopped;
}

function denialsOf({ agents, denied }: DenialTally): DenialStatus {
  return { agents, denied };
}
