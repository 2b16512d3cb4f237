import { type Configuration, Failure, type Release, UNUSABLE_ROW } from '@bailiff/contract';
import { UnsupportedPlan } from '@bailiff/rego';
import { LRUCache } from 'lru-cache';
import type { ContextStage } from '../../context/context-of.ts';
import { admit } from '../../decision/admission/admit.ts';
import { Turns } from '../../decision/admission/turns.ts';
import type { AutoEngine } from '../../decision/auto-engine.ts';
import { Deadline } from '../../decision/deadline.ts';
import type { EmbeddedEngine } from '../../decision/embedded/embedded-engine.ts';
import type { Engine, Evaluation, Releases } from '../../decision/engine.ts';
import { DECISION } from '../../decision/expected-answers.ts';
import { readEvaluation } from '../../decision/read-evaluation.ts';
import type {
  EngineJudgement,
  PreflightAnswer,
  PreflightEngine,
} from '../../distribution/delivery/preflight-engine.ts';
import type { EngineVerdicts } from '../../stores/engine-verdicts.ts';
import type { Differences } from './differences.ts';
import type { Lanes } from './lanes.ts';
import { trialsOf } from './trials.ts';
import { verdictKey } from './verdict-key.ts';

export interface EngineGateOptions {
  readonly configuration: Pick<Configuration, 'engine'>;
  readonly lanes: Lanes;
  /** The embedded engine and who decides whether it may decide; undefined where OPA alone does. */
  readonly own: { readonly auto: AutoEngine; readonly embedded: EmbeddedEngine } | undefined;
  readonly verdicts: EngineVerdicts;
  readonly differences: Differences;
  readonly context: ContextStage;
  readonly versions: readonly string[];
  /** What was compared here, for whoever compares more of it. */
  readonly compared: ComparedSamples;
}

/** How much of a release was compared in a lane before it decided: samples, and trials made of them. */
export type ComparedSamples = WeakMap<Release, { readonly samples: number; readonly trials: number }>;

/** Whole inputs that are made up to try a release with before it decides: about a hundred trials. */
const SAMPLES = 25;
/** Of one trial in OPA; slow machines are no difference. */
const TRIAL_DEADLINE_MS = 5_000;
/** For one input that a release is asked about beforehand. */
const ANSWER_DEADLINE_MS = 5_000;
/** Inputs that the spare OPA is given at once. */
const AT_ONCE = 4;
/** Plans that passed and are remembered, for releases that differ in their data only. */
const PASSED_MAX = 4;

/** The engines, before a release decides anything. */
export class EngineGate implements PreflightEngine {
  readonly #options: EngineGateOptions;
  /** Releases by which the embedded engine decides as OPA does, by the digest of their plan. */
  readonly #passed = new LRUCache<string, Release>({ max: PASSED_MAX });
  readonly #turns = new Turns();

  constructor(options: EngineGateOptions) {
    this.#options = options;
  }

  async judge({ release }: { readonly release: Release }, signal: AbortSignal): Promise<EngineJudgement> {
    const { own, configuration } = this.#options;
    if (own === undefined)
      return { outcome: 'skipped', detail: 'OPA alone decides: engine.kind is sidecar.' };
    try {
      return await this.#judged(release, own, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof UnsupportedPlan) {
        const detail = `The embedded engine is not used: ${thrown.message}.`;
        own.auto.judge(release, { kind: 'refused', detail });
        const { kind, url } = configuration.engine;
        return { outcome: kind === 'embedded' || url !== undefined ? 'failed' : 'skipped', detail };
      }
      const why = thrown instanceof Error ? thrown.message : 'unknown';
      return { outcome: 'failed', detail: `The engines could not be compared: ${why}` };
    }
  }

  async decideAll(
    release: Release,
    inputTexts: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly PreflightAnswer[]> {
    const { own, lanes } = this.#options;
    // Of a release that the engine cannot take OPA says what is wrong.
    if (own !== undefined && (await this.#hasPassed(release, own).catch(() => false))) {
      return this.#decideEmbedded(release, inputTexts, { embedded: own.embedded, signal });
    }
    try {
      await using held = await lanes.hold(release, signal);
      return await askAll(held.lane.spare, { releases: onlyOf(release), inputTexts, signal });
    } catch (thrown) {
      signal.throwIfAborted();
      const detail = thrown instanceof Error ? thrown.message : 'There is no OPA to ask.';
      return inputTexts.map(() => ({ kind: 'failed', detail }));
    }
  }

  async decideAhead(
    release: Release,
    inputTexts: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly PreflightAnswer[]> {
    const { own } = this.#options;
    if (own === undefined || own.auto.standingOf(release).kind === 'refused') {
      return this.decideAll(release, inputTexts, signal);
    }
    const isPrepared = await own.embedded.prepare(release).then(
      () => true,
      () => false, // Whoever judges it says why.
    );
    return isPrepared
      ? this.#decideEmbedded(release, inputTexts, { embedded: own.embedded, signal })
      : this.decideAll(release, inputTexts, signal);
  }

  async #decideEmbedded(
    release: Release,
    inputTexts: readonly string[],
    { embedded, signal }: { readonly embedded: EmbeddedEngine; readonly signal: AbortSignal },
  ): Promise<readonly PreflightAnswer[]> {
    const releases = onlyOf(release);
    const answers: PreflightAnswer[] = [];
    for (const inputText of inputTexts) {
      const trial = { release, entrypoint: DECISION.entrypoint, inputText } as const;
      await this.#turns.next();
      signal.throwIfAborted();
      using deadline = new Deadline(signal, ANSWER_DEADLINE_MS);
      answers.push(answerOf(await embedded.evaluate(trial, deadline.signal), releases));
    }
    return answers;
  }

  /** Whether the embedded engine decides as OPA does by a release, or by its plan with other data. It is made ready for it. */
  async #hasPassed(
    release: Release,
    { auto, embedded }: NonNullable<EngineGateOptions['own']>,
  ): Promise<boolean> {
    const standing = auto.standingOf(release).kind;
    if (standing === 'refused') return false;
    if (standing === 'waiting') {
      const alike = this.#passed.get(await embedded.planDigest(release));
      if (alike === undefined || auto.standingOf(alike).kind !== 'admitted') return false;
    }
    await embedded.prepare(release);
    return true;
  }

  async #judged(
    release: Release,
    { auto, embedded }: NonNullable<EngineGateOptions['own']>,
    signal: AbortSignal,
  ): Promise<EngineJudgement> {
    const { lanes, context, verdicts, differences, versions, configuration, compared } = this.#options;
    const standing = auto.standingOf(release);
    // OPA takes the release while its plan is compiled here.
    await using opening = standing.kind === 'waiting' ? heldSoon(lanes, release, signal) : undefined;
    const key = await verdictKey(release, { embedded, versions });
    differences.rememberKey(release, key);
    const known = standing.kind === 'waiting' ? await verdicts.find(key) : standing;
    if (known !== undefined || opening === undefined) {
      const { kind, detail } = known ?? standing;
      if (kind !== 'waiting') auto.judge(release, { kind, detail });
      if (kind === 'admitted') await this.#remember(release, embedded);
      return { outcome: kind === 'admitted' ? 'passed' : 'failed', detail };
    }
    const { lane } = await opening.held;
    const verdict = await admit({
      embedded,
      reference: lane.spare,
      atOnce: AT_ONCE,
      trials: trialsOf(release, { context, recent: [], samplesMax: SAMPLES }),
      referenceDeadlineMs: TRIAL_DEADLINE_MS,
      embeddedDeadlineMs: configuration.engine.deadline_ms,
      turns: this.#turns,
      signal,
    });
    if (verdict.kind === 'refused') {
      auto.demote(release, verdict.difference);
      return { outcome: 'failed', detail: 'The embedded engine decided otherwise than OPA.' };
    }
    if (verdict.kind === 'unknown')
      return { outcome: 'failed', detail: 'Too little could be compared: an engine did not answer.' };
    // An OPA that runs elsewhere may be another one than the spare; what an engine left unanswered is compared by whoever goes on.
    if (configuration.engine.url === undefined && verdict.unknown === 0)
      compared.set(release, { samples: SAMPLES, trials: verdict.compared });
    const detail = `The embedded engine decides; it did as OPA in ${verdict.compared} trials.`;
    auto.judge(release, { kind: 'admitted', detail });
    await this.#remember(release, embedded);
    return { outcome: 'passed', detail };
  }

  async #remember(release: Release, embedded: EmbeddedEngine): Promise<void> {
    const { planDigest } = await embedded.prepare(release);
    this.#passed.set(planDigest, release);
  }
}

/** A lane that is being opened. Disposing of it lets go of the lane, once that is open or failed. */
function heldSoon(lanes: Lanes, release: Release, signal: AbortSignal) {
  const held = lanes.hold(release, signal);
  const opened = held.catch(() => undefined); // Told to whoever waits for it.
  return { held, [Symbol.asyncDispose]: async () => (await opened)?.[Symbol.asyncDispose]() };
}

/** Gives every input to OPA, a few at once. */
async function askAll(
  engine: Pick<Engine, 'evaluate'>,
  asked: {
    readonly releases: Releases;
    readonly inputTexts: readonly string[];
    readonly signal: AbortSignal;
  },
): Promise<PreflightAnswer[]> {
  const { releases, inputTexts, signal } = asked;
  const answers: PreflightAnswer[] = [];
  const queue = inputTexts.entries();
  const work = async () => {
    for (const [index, inputText] of queue) {
      using deadline = new Deadline(signal, ANSWER_DEADLINE_MS);
      answers[index] = answerOf(
        await engine.evaluate(DECISION.entrypoint, inputText, deadline.signal),
        releases,
      );
      signal.throwIfAborted();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return answers;
}

function answerOf(evaluation: Evaluation, releases: Releases): PreflightAnswer {
  const read = readEvaluation(evaluation, releases, DECISION);
  if (read.kind === 'undecided') return { kind: 'failed', detail: [read.reason, ...read.subjects].join(' ') };
  const { outcome, reasons, metadata, obligations } = read.value;
  if (metadata.resolution === UNUSABLE_ROW) {
    const failures = metadata.failures.map(({ kind, subject }) => `${kind} ${subject}`);
    return { kind: 'failed', detail: failures.join(', ') || reasons.join(', ') };
  }
  return { kind: 'decided', outcome, reasons, rules: metadata.matched_rules, obligations };
}

function onlyOf(release: Release): Releases {
  return {
    current: () => release,
    accepts: (revision) => (revision === release.policyVersion ? release : undefined),
  };
}

/**
 * Why the lane of a release could decide nothing: the embedded engine alone may decide there, and does not by this release.
 * Undefined where it can. `judgement` says what came of judging it.
 */
export function whyLaneCannotDecide(
  release: Release,
  { configuration, own }: Pick<EngineGateOptions, 'configuration' | 'own'>,
  judgement: string,
): Failure | undefined {
  const { kind, url } = configuration.engine;
  if (own === undefined || (kind !== 'embedded' && url === undefined)) return undefined;
  if (own.auto.standingOf(release).kind === 'admitted') return undefined;
  const cause =
    url === undefined
      ? 'engine.kind is embedded'
      : 'engine.url names an OPA elsewhere, of which there is no spare';
  return new Failure(
    'policy_unavailable',
    `The release cannot be put on trial: ${cause}, so that the embedded engine alone would decide by it. ${judgement}`,
  );
}
