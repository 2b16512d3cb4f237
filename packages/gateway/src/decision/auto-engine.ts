import type { Release } from '@bailiff/contract';
import { compareWithReference, type Difference } from './admission/difference.ts';
import type {
  Engine,
  EngineStatus,
  Entrypoint,
  Evaluation,
  ReferenceEngine,
  ReleaseEngine,
  Releases,
  Trial,
} from './engine.ts';
import { failed } from './unevaluated.ts';

/** How a release stands with the embedded engine. */
export type Standing =
  /** Not compared with OPA yet. */
  | { readonly kind: 'waiting'; readonly detail: string }
  | { readonly kind: 'admitted'; readonly detail: string }
  /** It differed from OPA, or uses what the embedded engine does not claim. */
  | { readonly kind: 'refused'; readonly detail: string };

export interface AutoEngineOptions {
  readonly embedded: ReleaseEngine;
  /** OPA itself: the fallback, and what samples are compared with. */
  readonly reference: ReferenceEngine;
  readonly releases: Releases;
  /** Whether OPA decides where the embedded engine may not; else nothing is decided then. */
  readonly fallsBack: boolean;
  /** Share of evaluations that is given to OPA as well, by chance: what takes turns must not escape it by turns. */
  readonly shadow: number;
  /** At least 0 and below 1, as `Math.random` gives it. */
  readonly chance: () => number;
  /** For a shadow evaluation, in milliseconds. */
  readonly shadowDeadlineMs: number;
  /** How releases stand, where several engines of this kind share it: what one of them finds out holds for all. */
  readonly standings?: WeakMap<Release, Standing>;
  /** A release was demoted: told once for each. Never throws. */
  readonly onDifference: (release: Release, difference: Difference) => void;
}

/** Shadow evaluations under way at once; what comes meanwhile is not sampled. */
export const SHADOWS_MAX = 2;

const WAITING: Standing = { kind: 'waiting', detail: 'The release was not compared with OPA yet.' };

/**
 * The embedded engine for releases that were found to decide as OPA does, with OPA beside it: for every other release, for
 * what the embedded engine could not evaluate, and to compare a sample with. One difference demotes a release for good, but for
 * input that is beyond the engine: whoever sends that could otherwise turn it off.
 */
export class AutoEngine implements Engine {
  readonly #options: AutoEngineOptions;
  readonly #standings: WeakMap<Release, Standing>;
  #shadows = 0;

  constructor(options: AutoEngineOptions) {
    this.#options = options;
    this.#standings = options.standings ?? new WeakMap();
  }

  evaluate(entrypoint: Entrypoint, inputText: string, signal: AbortSignal): Promise<Evaluation> {
    return this.#evaluate(this.#options.releases.current(), { entrypoint, inputText }, signal);
  }

  /**
   * The same by one release, whichever is the current one by then: another one may be made that while a call is on its way.
   * Undefined where the embedded engine may not decide by it.
   */
  by(release: Release): Pick<Engine, 'evaluate'> | undefined {
    if (this.standingOf(release).kind !== 'admitted') return undefined;
    return {
      evaluate: (entrypoint, inputText, signal) => this.#evaluate(release, { entrypoint, inputText }, signal),
    };
  }

  async #evaluate(
    release: Release | undefined,
    { entrypoint, inputText }: Omit<Trial, 'release'>,
    signal: AbortSignal,
  ): Promise<Evaluation> {
    const { embedded, reference, fallsBack } = this.#options;
    if (release === undefined || this.standingOf(release).kind !== 'admitted') {
      if (fallsBack) return reference.evaluate(entrypoint, inputText, signal);
      const cause = new Error(`The embedded engine may not decide: ${this.status().detail}`);
      return failed('policy_unavailable', cause);
    }
    const trial = { release, entrypoint, inputText };
    const evaluation = await embedded.evaluate(trial, signal);
    if (fallsBack && evaluation.kind === 'failed' && evaluation.code === 'evaluation_error')
      return this.#expected(trial, evaluation, signal);
    if (this.#isSampled()) void this.#shadow(trial, evaluation);
    return evaluation;
  }

  standingOf(release: Release): Standing {
    return this.#standings.get(release) ?? WAITING;
  }

  /** Says how a release stands. One that was refused stays so. */
  judge(release: Release, standing: Standing): void {
    if (this.standingOf(release).kind !== 'refused') this.#standings.set(release, standing);
  }

  /** Takes a release from the embedded engine, for good, and tells of it. */
  demote(release: Release, difference: Difference): void {
    if (this.standingOf(release).kind === 'refused') return;
    this.judge(release, { kind: 'refused', detail: 'The embedded engine decided otherwise than OPA.' });
    this.#options.onDifference(release, difference);
  }

  status(): EngineStatus {
    const { reference, releases, fallsBack } = this.#options;
    const beside = reference.status();
    const release = releases.current();
    const standing = release === undefined ? undefined : this.standingOf(release);
    if (release !== undefined && standing?.kind === 'admitted') {
      return { ready: true, detail: standing.detail, revision: release.policyVersion, standby: beside };
    }
    const why = standing?.detail ?? 'No release is active.';
    if (fallsBack) return { ...beside, detail: `OPA decides: ${why} ${beside.detail}` };
    return { ready: false, detail: why, revision: '', standby: beside };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.reference[Symbol.asyncDispose]();
  }

  /** What OPA makes of a trial that policy failed at: it tells more of where, and where it does not fail, it is right. */
  async #expected(trial: Trial, embedded: Evaluation, signal: AbortSignal): Promise<Evaluation> {
    const { reference } = this.#options;
    const { expected, comparison } = await compareWithReference({ trial, embedded }, reference, signal);
    if (comparison === 'unknown') return embedded;
    if (comparison !== 'same') this.#differed(trial, embedded, comparison);
    return expected;
  }

  #differed(trial: Trial, embedded: Evaluation, comparison: Difference['comparison']): void {
    const isBeyond = embedded.kind === 'failed' && embedded.isBeyondEngine === true;
    if (comparison === 'fail_closed' && isBeyond) return;
    this.demote(trial.release, differenceOf(trial, comparison));
  }

  #isSampled(): boolean {
    const { shadow, chance } = this.#options;
    return shadow > 0 && this.#shadows < SHADOWS_MAX && chance() < shadow;
  }

  /** Never rejects: nobody waits for it. */
  async #shadow(trial: Trial, embedded: Evaluation): Promise<void> {
    const { reference, shadowDeadlineMs } = this.#options;
    this.#shadows += 1;
    try {
      const signal = AbortSignal.timeout(shadowDeadlineMs);
      const { comparison } = await compareWithReference({ trial, embedded }, reference, signal);
      if (comparison === 'outcome' || comparison === 'fail_closed')
        this.#differed(trial, embedded, comparison);
    } catch {
      // An engine that threw, against its word, has compared nothing.
    } finally {
      this.#shadows -= 1;
    }
  }
}

function differenceOf({ entrypoint, inputText }: Trial, comparison: Difference['comparison']): Difference {
  return { kind: 'input', entrypoint, inputText, comparison };
}
