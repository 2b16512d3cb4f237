import { Deadline } from '../deadline.ts';
import type { ReferenceEngine, ReleaseEngine, Trial } from '../engine.ts';
import { compareWithReference, type Difference } from './difference.ts';
import { Turns } from './turns.ts';

/** What a differential run over one release came to. */
export type Verdict =
  /** `unknown` trials stayed without an answer of both engines. */
  | { readonly kind: 'admitted'; readonly compared: number; readonly unknown: number }
  | { readonly kind: 'refused'; readonly compared: number; readonly difference: Difference }
  /** Too little could be compared, for want of an engine: to be tried again. */
  | { readonly kind: 'unknown'; readonly compared: number };

export interface AdmitOptions {
  readonly embedded: ReleaseEngine;
  readonly reference: Pick<ReferenceEngine, 'evaluate' | 'revision'>;
  readonly trials: AsyncIterable<Trial>;
  /** For each evaluation of OPA's, in milliseconds. */
  readonly referenceDeadlineMs: number;
  /** For each of the embedded engine's, which holds up everything else. */
  readonly embeddedDeadlineMs: number;
  /** Trials that OPA is given at once, at least 1; one when absent. */
  readonly atOnce?: number;
  /** When the embedded engine evaluates, where others take turns with it; its own turns when absent. */
  readonly turns?: Turns;
  readonly signal: AbortSignal;
}

/** Share of trials that may stay without an answer of both engines. */
const UNKNOWN_SHARE_MAX = 0.1;
/** Beyond that share, so many of them end the run: an engine is not there. */
const UNKNOWN_MAX = 10;

/**
 * Gives every trial to both engines and stops at the first difference. Other work has its turn between any two trials.
 * @throws the signal's reason on abort.
 */
export async function admit(options: AdmitOptions): Promise<Verdict> {
  const { atOnce = 1, turns = new Turns(), signal } = options;
  const trials = options.trials[Symbol.asyncIterator]();
  let compared = 0;
  let unknown = 0;
  let difference: Difference | undefined;
  let isOver = false;
  const isTooLittle = () => unknown > UNKNOWN_SHARE_MAX * (compared + unknown);
  const work = async () => {
    while (!isOver) {
      const { value: trial, done } = await trials.next();
      if (done === true || isOver) return;
      signal.throwIfAborted();
      const comparison = await comparisonOf(trial, { ...options, turns });
      if (comparison === 'unknown') unknown += 1;
      else compared += 1;
      if (comparison === 'outcome' || comparison === 'fail_closed') {
        const { entrypoint, inputText } = trial;
        difference ??= { kind: 'input', entrypoint, inputText, comparison };
        isOver = true;
      }
      if (unknown > UNKNOWN_MAX && isTooLittle()) isOver = true;
    }
  };
  const all = Array.from({ length: atOnce }, () =>
    work().catch((thrown: unknown) => {
      isOver = true;
      throw thrown;
    }),
  );
  try {
    await Promise.all(all);
  } finally {
    await Promise.allSettled(all); // Nothing of it goes on behind.
    await trials.return?.();
  }
  signal.throwIfAborted();
  if (difference !== undefined) return { kind: 'refused', compared, difference };
  return compared > 0 && !isTooLittle()
    ? { kind: 'admitted', compared, unknown }
    : { kind: 'unknown', compared };
}

async function comparisonOf(
  trial: Trial,
  {
    embedded,
    reference,
    referenceDeadlineMs,
    embeddedDeadlineMs,
    turns,
    signal,
  }: AdmitOptions & { readonly turns: Turns },
) {
  await turns.next();
  using embeddedDeadline = new Deadline(signal, embeddedDeadlineMs);
  const evaluation = await embedded.evaluate(trial, embeddedDeadline.signal);
  await turns.next();
  using deadline = new Deadline(signal, referenceDeadlineMs);
  const given = { trial, embedded: evaluation };
  return (await compareWithReference(given, reference, deadline.signal)).comparison;
}
