import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Release } from '@bailiff/contract';
import { UnsupportedPlan } from '@bailiff/rego';
import { EmbeddedEngine } from '../../../decision/embedded/embedded-engine.ts';
import type { Evaluation } from '../../../decision/engine.ts';
import { withOpa } from '../../corpus/opa-decisions.ts';

/** How long one engine takes to decide, in milliseconds. */
export interface DecisionTimes {
  readonly engine: 'embedded' | 'sidecar';
  readonly decisions: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Decisions that were none: an error, or too late. */
  readonly failed: number;
}

/** An engine that could not be measured, and why. */
export interface Unmeasured {
  readonly engine: DecisionTimes['engine'];
  readonly why: string;
}

/** Decisions before those that count, and those that do, of each engine. */
const WARM_UP = 200;
const MEASURED = 1_000;
/** One engine is measured no longer than this; what was measured by then counts. */
const MEASURED_MS_MAX = 5_000;
/** Of that, until what is measured counts, however few were decided. */
const WARM_UP_MS_MAX = 1_000;
const EVALUATION_TIMEOUT_MS = 10_000;

/** Decides by a release one input after the other, in each engine as the gateway asks it. */
export async function decisionTimes(
  release: Release,
  inputTexts: readonly string[],
  tools: { readonly opa: string; readonly signal: AbortSignal },
): Promise<readonly (DecisionTimes | Unmeasured)[]> {
  const { signal } = tools;
  const sidecar = await withOpa(release.bundle, tools, (engine) =>
    timesOf('sidecar', inputTexts, (text) =>
      engine.evaluate(
        'bailiff/decision',
        text,
        AbortSignal.any([signal, AbortSignal.timeout(EVALUATION_TIMEOUT_MS)]),
      ),
    ),
  );
  const engine = new EmbeddedEngine();
  try {
    await engine.prepare(release);
  } catch (thrown) {
    if (!(thrown instanceof UnsupportedPlan)) throw thrown;
    return [{ engine: 'embedded', why: thrown.message }, sidecar];
  }
  const embedded = await timesOf('embedded', inputTexts, (inputText) =>
    engine.evaluate({ release, entrypoint: 'bailiff/decision', inputText }, signal),
  );
  return [embedded, sidecar];
}

async function timesOf(
  engine: DecisionTimes['engine'],
  inputTexts: readonly string[],
  decide: (inputText: string) => Promise<Evaluation>,
): Promise<DecisionTimes> {
  const times: number[] = [];
  let failed = 0;
  const beganAtMs = performance.now();
  for (let turn = 0; turn < WARM_UP + MEASURED; turn++) {
    const startedAtMs = performance.now();
    const sinceMs = startedAtMs - beganAtMs;
    if (sinceMs > MEASURED_MS_MAX && times.length > 0) break;
    const evaluation = await decide(inputTexts[turn % inputTexts.length] ?? '');
    const tookMs = performance.now() - startedAtMs;
    if (turn >= WARM_UP || sinceMs > WARM_UP_MS_MAX) {
      times.push(tookMs);
      if (evaluation.kind !== 'result') failed += 1;
    }
    // Garbage of one decision is not charged to the next alone, and signals get through.
    if (turn % 100 === 0) await nextTurn();
  }
  times.sort((a, b) => a - b);
  return {
    engine,
    decisions: times.length,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    failed,
  };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
