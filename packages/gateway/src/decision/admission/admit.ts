import type { Engine, Entrypoint } from '../engine.ts';
import { type Comparison, compareEvaluations } from './difference.ts';

/** One text that both engines are given. */
export interface Trial {
  readonly entrypoint: Entrypoint;
  readonly inputText: string;
}

/** Where the embedded engine did not do as OPA does. */
export interface Difference {
  readonly entrypoint: Entrypoint;
  readonly inputText: string;
  readonly comparison: Exclude<Comparison, 'same' | 'unknown'>;
}

/** What a differential run over one release came to. */
export type Verdict =
  | { readonly kind: 'admitted'; readonly compared: number }
  | { readonly kind: 'refused'; readonly compared: number; readonly difference: Difference }
  /** Too little could be compared, for want of an engine: to be tried again. */
  | { readonly kind: 'unknown'; readonly compared: number };

export interface AdmitOptions {
  readonly embedded: Pick<Engine, 'evaluate'>;
  readonly reference: Pick<Engine, 'evaluate'>;
  readonly trials: AsyncIterable<Trial>;
  /** For each evaluation. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Share of trials that may stay without an answer of both engines. */
const UNKNOWN_SHARE_MAX = 0.1;

/**
 * Gives every trial to both engines, one after the other, and stops at the first difference.
 * @throws the signal's reason on abort.
 */
export async function admit(options: AdmitOptions): Promise<Verdict> {
  const { embedded, reference, trials, deadlineMs, signal } = options;
  let compared = 0;
  let unknown = 0;
  for await (const { entrypoint, inputText } of trials) {
    signal.throwIfAborted();
    const within = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
    const expected = await reference.evaluate(entrypoint, inputText, within);
    const comparison = compareEvaluations(expected, await embedded.evaluate(entrypoint, inputText, within));
    if (comparison === 'unknown') unknown += 1;
    else compared += 1;
    if (comparison === 'outcome' || comparison === 'fail_closed')
      return { kind: 'refused', compared, difference: { entrypoint, inputText, comparison } };
  }
  const isEnough = compared > 0 && unknown <= UNKNOWN_SHARE_MAX * (compared + unknown);
  return { kind: isEnough ? 'admitted' : 'unknown', compared };
}
