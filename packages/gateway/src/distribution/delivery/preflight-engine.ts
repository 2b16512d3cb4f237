import type { Obligation, Outcome, Release } from '@bailiff/contract';
import type { BuiltRelease } from '../build-release.ts';

/** What one release makes of one input. */
export type PreflightAnswer =
  | {
      readonly kind: 'decided';
      readonly outcome: Outcome;
      readonly reasons: readonly string[];
      /** Full ids of the rules that matched. */
      readonly rules: readonly string[];
      /** Duties of whoever carries it out; left out for none. */
      readonly obligations?: readonly Obligation[];
    }
  /** It could not be decided: row 1 of the table, or no answer at all. */
  | { readonly kind: 'failed'; readonly detail: string };

/** What came of comparing the engines. */
export interface EngineJudgement {
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** For people: what was compared, or why nothing was. */
  readonly detail: string;
}

type DecideAll = (
  release: Release,
  inputTexts: readonly string[],
  signal: AbortSignal,
) => Promise<readonly PreflightAnswer[]>;

/** The engines, as far as a release has to be tried in them before it decides anything. */
export interface PreflightEngine {
  /**
   * What a release decides about each input, in order: in OPA, or in the embedded engine where that passed by it. Throws nothing but
   * the signal’s reason on abort.
   */
  decideAll: DecideAll;
  /**
   * The same by a release that is being judged, in the engine that is: what it says holds if that passes, and is to be asked for anew
   * otherwise.
   */
  decideAhead: DecideAll;
  /**
   * Whether both engines decide alike by it. Once it has passed, the embedded engine decides from its first call on.
   * Throws nothing but the signal’s reason on abort.
   */
  judge(built: Pick<BuiltRelease, 'release'>, signal: AbortSignal): Promise<EngineJudgement>;
}
