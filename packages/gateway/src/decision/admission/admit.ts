import { setImmediate as nextTurn } from 'node:timers/promises';
import { Deadline } from '../deadline.ts';
import type { ReferenceEngine, ReleaseEngine, Trial } from '../engine.ts';
import { compareWithReference, type Difference } from './difference.ts';

/** What a differential run over one release came to. */
export type Verdict =
  | { readonly kind: 'admitted'; readonly compared: number }
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
  readonly signal: AbortSignal;
}

/** Share of trials that may stay without an answer of both engines. */
const UNKNOWN_SHARE_MAX = 0.1;
/** Beyond that share, so many of them end the run: an engine is not there. */
const UNKNOWN_MAX = 10;

/**
 * Gives every trial to both engines, one after the other, and stops at the first difference. Other work has its turn
 * between any two trials.
 * @throws the signal's reason on abort.
 */
export async function admit(options: AdmitOptions): Promise<Verdict> {
  const { embedded, reference, trials, referenceDeadlineMs, embeddedDeadlineMs, signal } = options;
  let compared = 0;
  let unknown = 0;
  const isTooLittle = () => unknown > UNKNOWN_SHARE_MAX * (compared + unknown);
  for await (const trial of trials) {
    signal.throwIfAborted();
    using embeddedDeadline = new Deadline(signal, embeddedDeadlineMs);
    const evaluation = await embedded.evaluate(trial, embeddedDeadline.signal);
    await nextTurn();
    using deadline = new Deadline(signal, referenceDeadlineMs);
    const { comparison } = await compareWithReference(
      { trial, embedded: evaluation },
      reference,
      deadline.signal,
    );
    const { entrypoint, inputText } = trial;
    if (comparison === 'unknown') unknown += 1;
    else compared += 1;
    if (comparison === 'outcome' || comparison === 'fail_closed')
      return { kind: 'refused', compared, difference: { kind: 'input', entrypoint, inputText, comparison } };
    if (unknown > UNKNOWN_MAX && isTooLittle()) break;
  }
  signal.throwIfAborted();
  return { kind: compared > 0 && !isTooLittle() ? 'admitted' : 'unknown', compared };
}
