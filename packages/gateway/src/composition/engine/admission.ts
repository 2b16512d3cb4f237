import { createHash } from 'node:crypto';
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
import type { Metrics } from '../../insight/metrics.ts';
import type { DecisionReader } from '../../record/reader.ts';
import type { EngineVerdicts } from '../../stores/engine-verdicts.ts';
import type { Differences } from './differences.ts';
import { trialsOf } from './trials.ts';

/** Recorded inputs that a release is tried with. */
const RECENT_MAX = 40;
/** Of one trial; slow machines are no difference. */
const TRIAL_DEADLINE_MS = 5_000;
/** Between two attempts while OPA cannot be asked. */
const RETRY_MS = 5_000;

/** What a release is tried with, and where differences are counted. */
export interface AdmissionFacts {
  readonly context: ContextStage;
  readonly reader: Pick<DecisionReader, 'page' | 'find'>;
  readonly metrics: Pick<Metrics, 'observeEngineDifference'>;
  /** What else than the release may change how the embedded engine decides. */
  readonly version: string;
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
  readonly logger: Logger;
  readonly clock: () => number;
}

/** Tries each release that is activated, in the background, and lets the embedded engine decide by those that pass. */
export class Admission implements AsyncDisposable {
  readonly #options: AdmissionOptions;
  readonly #stopping = new AbortController();
  readonly #unsubscribe: () => void;
  #work: Promise<void> = Promise.resolve();

  constructor(options: AdmissionOptions) {
    this.#options = options;
    options.differences.countedBy(options.metrics);
    this.#unsubscribe = options.releases.subscribe((release) => {
      this.#work = this.#work.then(() => this.#judge(release));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    this.#stopping.abort();
    await this.#work;
  }

  /** Never rejects: a release that could not be judged is not admitted. */
  async #judge(release: Release): Promise<void> {
    const { engines, logger } = this.#options;
    try {
      await this.#tried(release);
    } catch (thrown) {
      if (this.#stopping.signal.aborted) return;
      const { policyVersion: policy_version } = release;
      const isUnclaimed = thrown instanceof UnsupportedPlan;
      const detail = isUnclaimed ? `${thrown.message}.` : 'The embedded engine could not be made ready.';
      engines.auto.judge(release, { kind: 'refused', detail });
      if (isUnclaimed) logger.warn({ policy_version }, `The embedded engine is not used: ${detail}`);
      else logger.error({ err: thrown, policy_version }, 'The embedded engine is not used.');
    }
  }

  async #tried(release: Release): Promise<void> {
    const { engines, verdicts, differences, logger, releases } = this.#options;
    const { policy_version, key } = await this.#prepared(release);
    differences.rememberKey(release, key);
    const known = await verdicts.find(key);
    if (known !== undefined) return engines.auto.judge(release, { kind: known.kind, detail: known.detail });
    const { signal } = this.#stopping;
    while (releases.current() === release) {
      const verdict = await this.#verdictOn(release);
      if (verdict.kind === 'refused') return engines.auto.demote(release, verdict.difference);
      if (verdict.kind === 'admitted') {
        const detail = `The embedded engine decides; it did as OPA in ${verdict.compared} trials.`;
        engines.auto.judge(release, { kind: 'admitted', detail });
        logger.info({ policy_version, compared: verdict.compared }, 'The embedded engine decides.');
        await verdicts.keep(key, { kind: 'admitted', at: this.#now(), compared: verdict.compared, detail });
        return;
      }
      await delay(RETRY_MS, undefined, { signal });
    }
  }

  async #prepared(release: Release) {
    const { planDigest } = await this.#options.engines.embedded.prepare(release);
    const key = createHash('sha256').update(`${release.digest}\n${planDigest}\n${this.#options.version}`);
    return { policy_version: release.policyVersion, key: key.digest('hex') };
  }

  async #verdictOn(release: Release): Promise<Verdict> {
    const { engines, context } = this.#options;
    const { signal } = this.#stopping;
    await engines.reference.whenReady(signal);
    const trials = trialsOf(release, { context, recent: await this.#recent() });
    const { embedded, reference } = engines;
    return admit({ embedded, reference, trials, deadlineMs: TRIAL_DEADLINE_MS, signal });
  }

  /** What was decided about lately, as it is recorded. */
  async #recent(): Promise<Input[]> {
    const { reader } = this.#options;
    const { signal } = this.#stopping;
    const { decisions } = await reader.page({}, { limit: RECENT_MAX }, signal);
    const records = await Promise.all(decisions.map(({ decisionId }) => reader.find(decisionId, signal)));
    return records.flat().flatMap(({ entry }) => {
      if (entry.kind !== 'decision' || entry.list !== null) return [];
      const input = Input.safeParse(entry.input);
      return input.success ? [input.data] : [];
    });
  }

  #now(): string {
    return new Date(this.#options.clock()).toISOString();
  }
}
