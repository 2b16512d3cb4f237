import type { Outcome, Release } from '@bailiff/contract';

/** One call that a release decided, or was asked about. */
export interface Observation {
  readonly release: Release;
  readonly agentId: string;
  readonly outcome: Outcome;
  /** Engine or bundles were at fault, so that nothing was decided. */
  readonly isFault: boolean;
  /** The text that was evaluated; undefined where none was. */
  readonly inputText: string | undefined;
}

/** A call that the release on trial was asked about beside the active one. */
export interface WatchedObservation {
  readonly active: Observation;
  readonly candidate: Observation;
  /** Whether the candidate said anything else. */
  readonly differs: boolean;
  /** Asks the candidate again, with all the time that it would have if it decided; whether engine or bundles are at fault then too. */
  isFaultAgain(signal: AbortSignal): Promise<boolean>;
}
