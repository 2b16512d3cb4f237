import type { Release } from '@bailiff/contract';
import type { Difference } from './admission/admit.ts';
import { compareEvaluations } from './admission/difference.ts';
import type { Engine, EngineStatus, Entrypoint, Evaluation, Releases } from './engine.ts';
import { failed } from './unevaluated.ts';

/** How a release stands with the embedded engine. */
export type Standing =
  /** Not compared with OPA yet. */
  | { readonly kind: 'waiting'; readonly detail: string }
  | { readonly kind: 'admitted'; readonly detail: string }
  /** It differed from OPA, or uses what the embedded engine does not claim. */
  | { readonly kind: 'refused'; readonly detail: string };

export interface AutoEngineOptions {
  readonly embedded: Engine;
  /** OPA itself: the fallback, and what samples are compared with. */
  readonly reference: Engine;
  readonly releases: Releases;
  /** Whether OPA decides where the embedded engine may not; else nothing is decided then. */
  readonly fallsBack: boolean;
  /** One of so many evaluations is given to OPA as well; 0 for none. */
  readonly shadowEvery: number;
  /** For a shadow evaluation, in milliseconds. */
  readonly shadowDeadlineMs: number;
  /** A release was demoted: told once for each. Never throws. */
  readonly onDifference: (release: Release, difference: Difference) => void;
}

/** Shadow evaluations under way at once; what comes meanwhile is not sampled. */
const SHADOWS_MAX = 2;

/**
 * The embedded engine for releases that were found to decide as OPA does, with OPA beside it: for every other release, for
 * what the embedded engine could not evaluate, and to compare a sample with. One difference demotes a release for good.
 */
export class AutoEngine implements Engine {
  readonly #options: AutoEngineOptions;
  readonly #standings = new WeakMap<Release, Standing>();
  #evaluations = 0;
  #shadows = 0;

  constructor(options: AutoEngineOptions) {
    this.#options = options;
  }

  async evaluate(entrypoint: Entrypoint, inputText: string, signal: AbortSignal): Promise<Evaluation> {
    const { embedded, reference, releases, fallsBack } = this.#options;
    const release = releases.current();
    if (release === undefined || this.standingOf(release).kind !== 'admitted') {
      if (fallsBack) return reference.evaluate(entrypoint, inputText, signal);
      const cause = new Error(`The embedded engine may not decide: ${this.status().detail}`);
      return failed('policy_unavailable', cause);
    }
    const evaluation = await embedded.evaluate(entrypoint, inputText, signal);
    const trial = { release, entrypoint, inputText };
    if (fallsBack && evaluation.kind === 'failed' && evaluation.code === 'evaluation_error') {
      // Where policy fails OPA fails as well; where it does not, its answer is the right one.
      const expected = await reference.evaluate(entrypoint, inputText, signal);
      if (compareEvaluations(expected, evaluation) === 'same') return evaluation;
      this.#compare(trial, expected, evaluation);
      return expected;
    }
    if (this.#isSampled()) void this.#shadow(trial, evaluation);
    return evaluation;
  }

  standingOf(release: Release): Standing {
    return (
      this.#standings.get(release) ?? {
        kind: 'waiting',
        detail: 'The release was not compared with OPA yet.',
      }
    );
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
    await this.#options.embedded[Symbol.asyncDispose]();
    await this.#options.reference[Symbol.asyncDispose]();
  }

  #isSampled(): boolean {
    const { shadowEvery } = this.#options;
    this.#evaluations += 1;
    return shadowEvery > 0 && this.#evaluations % shadowEvery === 0 && this.#shadows < SHADOWS_MAX;
  }

  /** Never rejects: engines do not. */
  async #shadow(trial: Shadowed, evaluation: Evaluation): Promise<void> {
    const { reference, shadowDeadlineMs } = this.#options;
    this.#shadows += 1;
    const signal = AbortSignal.timeout(shadowDeadlineMs);
    const expected = await reference.evaluate(trial.entrypoint, trial.inputText, signal);
    this.#shadows -= 1;
    this.#compare(trial, expected, evaluation);
  }

  #compare({ release, entrypoint, inputText }: Shadowed, expected: Evaluation, evaluation: Evaluation): void {
    const comparison = compareEvaluations(expected, evaluation);
    if (comparison !== 'outcome' && comparison !== 'fail_closed') return;
    this.demote(release, { entrypoint, inputText, comparison });
  }
}

interface Shadowed {
  readonly release: Release;
  readonly entrypoint: Entrypoint;
  readonly inputText: string;
}
