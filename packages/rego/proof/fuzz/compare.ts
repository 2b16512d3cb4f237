import { dataOf, type Evaluation, type Policy, readData } from '../../src/index.ts';
import { evaluateThrice } from '../evaluate-thrice.ts';
import { canonicalText, readExactJson, valueText } from '../exact-json.ts';
import type { OpaFailure, Oracle } from '../oracle/open-oracle.ts';

/** How long one of our evaluations may take. OPA's own have a time limit in the oracle. */
const DEADLINE_MS = 10_000;

/** One evaluation, complete. */
export interface Trial {
  readonly modules: Readonly<Record<string, string>>;
  readonly dataText: string;
  /** `fa/r0`: path of a rule or of a package. */
  readonly entrypoint: string;
  /** JSON text; left out where there is no input. */
  readonly inputText?: string;
  readonly strict: boolean;
}

/** What an engine answers. */
export type Answer =
  | { readonly kind: 'defined'; readonly text: string }
  | { readonly kind: 'undefined' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/**
 * How two answers differ.
 *
 * - `outcome`: another value, defined against undefined, or an answer where OPA fails
 * - `byte`: the same value, written otherwise
 * - `fail_closed`: a failure where OPA answers
 * - `text`: both fail, and say so otherwise
 */
export type DifferenceKind = 'outcome' | 'byte' | 'fail_closed' | 'text';

/** The instant and the seed of every evaluation. */
export const NOW_NS = 1_700_000_000_123_456_789n;
export const SEED = '00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef';

/** What packages/rego answers. */
export function ourAnswer(policy: Policy, trial: Trial): Answer {
  const { inputText, strict } = trial;
  const evaluation = evaluateThrice(policy, trial.entrypoint, {
    ...(inputText === undefined ? {} : { inputText }),
    data: trial.dataText === '{}' ? dataOf({}) : readData(trial.dataText),
    now: NOW_NS,
    seed: Buffer.from(SEED, 'hex'),
    strict,
    deadlineMs: DEADLINE_MS,
  });
  return readEvaluation(evaluation);
}

/** What an evaluation of packages/rego says. */
export function readEvaluation(evaluation: Evaluation): Answer {
  switch (evaluation.kind) {
    case 'defined':
      return { kind: 'defined', text: evaluation.text() };
    case 'undefined':
      return { kind: 'undefined' };
    case 'failed':
      return { kind: 'failed', code: evaluation.code, message: evaluation.message };
  }
}

/** What OPA's evaluator answers; undefined where that cannot be known: it took too long, or broke. */
export async function opaAnswer(
  oracle: Oracle,
  trial: Trial,
  exhaustive = false,
): Promise<Answer | undefined> {
  const { modules, dataText, entrypoint, inputText, strict } = trial;
  const answer = await oracle.evaluate({
    modules,
    dataText,
    ...(inputText === undefined ? {} : { inputText }),
    query: queryOf(entrypoint),
    strict,
    nowNs: NOW_NS,
    seed: SEED,
    exhaustive,
  });
  if (answer.error !== undefined)
    return isNoAnswer(answer.error) ? undefined : { kind: 'failed', ...answer.error };
  const [text] = answer.results;
  return text === undefined ? { kind: 'undefined' } : { kind: 'defined', text };
}

/** `data.fa.r0` for `fa/r0`. */
export function queryOf(entrypoint: string): string {
  return `data.${entrypoint.split('/').join('.')}`;
}

/** How our answer differs from OPA's; undefined where it does not. */
export function differenceOf(opa: Answer, ours: Answer): DifferenceKind | undefined {
  if (ours.kind === 'failed') {
    if (opa.kind !== 'failed') return 'fail_closed';
    return opa.code === ours.code && firstLine(opa.message) === firstLine(ours.message) ? undefined : 'text';
  }
  if (opa.kind !== ours.kind) return 'outcome';
  if (opa.kind === 'undefined' || ours.kind === 'undefined') return undefined;
  if (opa.text === ours.text) return undefined;
  const [theirs, mine] = [readExactJson(opa.text), readExactJson(ours.text)];
  if (canonicalText(theirs) === canonicalText(mine)) return undefined;
  return valueText(theirs) === valueText(mine) ? 'byte' : 'outcome';
}

/** OPA says more of a conflict in further lines: values, with files and rows. */
function firstLine(message: string): string {
  return message.split('\n')[0]?.replace(/:$/, '') ?? '';
}

function isNoAnswer({ code }: OpaFailure): boolean {
  return code === 'eval_cancel_error' || code === 'panic';
}
