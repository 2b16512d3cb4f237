import { setTimeout as delay } from 'node:timers/promises';
import { Input, type Release } from '@bailiff/contract';
import { UnsupportedPlan } from '@bailiff/rego';
import type { Logger } from 'pino';
import type { ContextStage } from '../../context/context-of.ts';
import { admit, type Verdict } from '../../decision/admission/admit.ts';
import type { AutoEngine } from '../../decision/auto-engine.ts';
import type { EmbeddedEngine } from '../../decision/embedded/embedded-engine.ts';
import type { Sidecar } from '../../decision/sidecar/sidecar.ts';
import type { ActiveRelease } from '../../distribution/active-release.ts';
import type { PlannedTests } from '../../distribution/planned-tests.ts';
import type { Metrics } from '../../insight/metrics.ts';
import type { DecisionReader } from '../../record/reader.ts';
import type { EngineVerdicts } from '../../stores/engine-verdicts.ts';
import type { Differences } from './differences.ts';
import type { ComparedSamples } from './engine-gate.ts';
import { evaluateTests } from './evaluate-tests.ts';
import { SAMPLES_MAX, trialsOf } from './trials.ts';
import { verdictKey } from './verdict-key.ts';

/** Recorded inputs that a release is tried with. */
const RECENT_MAX = 40;
/** Of one trial in OPA; slow machines are no difference. */
const TRIAL_DEADLINE_MS = 5_000;
/** Between two attempts while too little can be compared, in milliseconds; twice as long each time. */
const RETRY_MS = { first: 2_000, longest: 60_000 } as const;
/** Between two looks whether OPA has the release yet. */
const FOLLOWS_POLL_MS = 100;

const NOTHING_COMPARED = { samples: 0, trials: 0 } as const;

/** What a release is tried with, and where differences are counted. */
export interface AdmissionFacts {
  readonly context: ContextStage;
  readonly reader: Pick<DecisionReader, 'page' | 'find'>;
  readonly metrics: Pick<Metrics, 'observeEngineDifference'>;
  /** What else than the release and the engine’s code may change how it decides: versions of this gateway and of OPA. */
  readonly versions: readonly string[];
  /** The release’s own tests; undefined where there are none to compare. */
  readonly testsOf: (release: Release, signal: AbortSignal) => Promise<PlannedTests | undefined>;
}

export interface AdmissionOptions extends AdmissionFacts {
  readonly engines: {
    readonly auto: AutoEngine;
    readonly embedded: EmbeddedEngine;
    readonly reference: Sidecar;
  };
  readonly releases: ActiveRelease;
  readonly verdicts: EngineVerdicts;
  readonly differences: Differences;
  /** What was compared before the release decided, by the same OPA: that is not compared again. */
  readonly compared?: ComparedSamples;
  /** For each of the embedded engine’s evaluations, in milliseconds: as long as a call’s may take. */
  readonly embeddedDeadlineMs: number;
  /** Whole inputs that are made up to try a release with; 60 when absent. */
  readonly samplesMax?: number;
  readonly logger: Logger;
  readonly clock: () => number;
}

/** Tries each release that is activated, in the background, and lets the embedded engine decide by those that pass. */
export class Admission implements AsyncDisposable {
  readonly #options: AdmissionOptions;
  readonly #unsubscribe: () => void;
  #current = new AbortController();
  #work: Promise<void> = Promise.resolve();

  constructor(options: AdmissionOptions) {
    this.#options = options;
    options.differences.countedBy(options.metrics);
    this.#unsubscribe = options.releases.subscribe((release) => {
      this.#current.abort(new Error('Another release was activated.'));
      this.#current = new AbortController();
      const { signal } = this.#current;
      this.#work = this.#work.then(() => this.#judge(release, signal));
    });
  }

  /** Also waits until what was found is kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    this.#current.abort(new Error('The gateway is stopping.'));
    await this.#work;
    await this.#options.verdicts.settled();
  }

  /** Never rejects: a release that could not be judged is not admitted. */
  async #judge(release: Release, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { engines, logger } = this.#options;
    try {
      await this.#tried(release, signal);
    } catch (thrown) {
      if (signal.aborted) return;
      const { policyVersion: policy_version } = release;
      const isUnclaimed = thrown instanceof UnsupportedPlan;
      const detail = isUnclaimed ? `${thrown.message}.` : 'The embedded engine could not be made ready.';
      engines.auto.judge(release, { kind: 'refused', detail });
      if (isUnclaimed) logger.warn({ policy_version }, `The embedded engine is not used: ${detail}`);
      else logger.error({ err: thrown, policy_version }, 'The embedded engine is not used.');
    }
  }

  async #tried(release: Release, signal: AbortSignal): Promise<void> {
    const { engines, verdicts, differences, versions } = this.#options;
    const key = await verdictKey(release, { embedded: engines.embedded, versions });
    differences.rememberKey(release, key);
    const known = await verdicts.find(key);
    signal.throwIfAborted();
    if (known !== undefined) return this.#settle(release, known);
    for (let pauseMs: number = RETRY_MS.first; ; pauseMs = Math.min(pauseMs * 2, RETRY_MS.longest)) {
      const verdict = await this.#verdictOn(release, signal).catch((err: unknown): Verdict => {
        signal.throwIfAborted();
        this.#options.logger.warn({ err }, 'The embedded engine could not be compared with OPA yet.');
        return { kind: 'unknown', compared: 0 };
      });
      signal.throwIfAborted();
      if (verdict.kind === 'refused') return engines.auto.demote(release, verdict.difference);
      if (verdict.kind === 'admitted') {
        const detail = `The embedded engine decides; it did as OPA in ${verdict.compared} trials.`;
        const at = new Date(this.#options.clock()).toISOString();
        const admitted = { kind: 'admitted', at, compared: verdict.compared, detail } as const;
        this.#settle(release, admitted);
        return this.#keep(key, admitted);
      }
      await delay(pauseMs, undefined, { signal });
    }
  }

  #settle(
    release: Release,
    { kind, detail }: { readonly kind: 'admitted' | 'refused'; readonly detail: string },
  ): void {
    const { engines, logger } = this.#options;
    engines.auto.judge(release, { kind, detail });
    logger[kind === 'admitted' ? 'info' : 'warn']({ policy_version: release.policyVersion }, detail);
  }

  /** A verdict that cannot be kept is found again at the next start. */
  async #keep(...[key, verdict]: Parameters<EngineVerdicts['keep']>): Promise<void> {
    await this.#options.verdicts.keep(key, verdict).catch((err: unknown) => {
      this.#options.logger.warn({ err }, 'What was found of the embedded engine could not be kept.');
    });
  }

  async #verdictOn(release: Release, signal: AbortSignal): Promise<Verdict> {
    const { engines, context, embeddedDeadlineMs, samplesMax = SAMPLES_MAX } = this.#options;
    const { embedded, reference } = engines;
    await reference.whenReady(signal);
    while ((await reference.revision(signal)) !== release.policyVersion)
      await delay(FOLLOWS_POLL_MS, undefined, { signal });
    const known = this.#options.compared?.get(release);
    const before = known !== undefined && known.samples < samplesMax ? known : NOTHING_COMPARED;
    const made = { recent: await this.#recent(signal), samplesMax, after: before.samples };
    const trials = trialsOf(release, { context, ...made });
    const limits = { referenceDeadlineMs: TRIAL_DEADLINE_MS, embeddedDeadlineMs };
    const verdict = await admit({ embedded, reference, trials, ...limits, signal });
    if (verdict.kind !== 'admitted') return verdict;
    return this.#tested(release, { ...verdict, compared: before.trials + verdict.compared }, signal);
  }

  /** The verdict, unless one of the release’s own tests passes in one of the engines only. */
  async #tested(
    release: Release,
    verdict: Extract<Verdict, { kind: 'admitted' }>,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const { testsOf, logger } = this.#options;
    const planned = await testsOf(release, signal);
    if (planned === undefined) return verdict;
    const tests = await evaluateTests(planned, signal);
    const compared = verdict.compared + tests.compared;
    switch (tests.kind) {
      case 'same':
        return { ...verdict, compared };
      case 'different': {
        const difference = { kind: 'test', test: tests.test, comparison: 'outcome' } as const;
        return { kind: 'refused', compared, difference };
      }
      case 'unclaimed':
        logger.info({ detail: tests.detail }, 'The bundles’ tests are not compared with OPA’s.');
        return verdict;
    }
  }

  /** What was decided about lately, as it is recorded. */
  async #recent(signal: AbortSignal): Promise<Input[]> {
    const { reader } = this.#options;
    const { decisions } = await reader.page({}, { limit: RECENT_MAX }, signal);
    const records = await Promise.all(decisions.map(({ decisionId }) => reader.find(decisionId, signal)));
    return records.flat().flatMap(({ entry }) => {
      if (entry.kind !== 'decision' || entry.list !== null) return [];
      const input = Input.safeParse(entry.input);
      return input.success ? [input.data] : [];
    });
  }
}
