import { type Configuration, KernelAnswer, type Release } from '@bailiff/contract';
import type { Evaluation } from '../../../decision/engine.ts';
import type { Finding } from '../../../distribution/finding.ts';
import type { ReadCase } from '../../../distribution/proof/case-files.ts';
import {
  type CaseDecision,
  caseFindings,
  type Mismatch,
  mismatchesOf,
} from '../../../distribution/proof/judge-case.ts';
import { askOpa } from '../../corpus/opa-decisions.ts';
import { type Completed, inputCompleter } from './complete-input.ts';

/** A case whose input is whole. */
export interface WholeCase {
  readonly one: ReadCase;
  readonly input: Extract<Completed, { kind: 'input' }>['input'];
  readonly inputText: string;
}

/** What came of a case. */
export interface JudgedCase extends WholeCase {
  readonly decision: CaseDecision;
  /** Empty where the release decides as the case says. */
  readonly mismatches: readonly Mismatch[];
}

/** Makes the inputs of cases whole, and says of which that cannot be, and what names in them nobody knows. */
export async function wholeCases(
  cases: readonly ReadCase[],
  { release, servers }: { readonly release: Release; readonly servers: Configuration['servers'] },
): Promise<{ readonly whole: readonly WholeCase[]; readonly findings: readonly Finding[] }> {
  const complete = inputCompleter(release, servers);
  const whole: WholeCase[] = [];
  const findings: Finding[] = [];
  for (const one of cases) {
    findings.push(...caseFindings(one, release));
    const completed = await complete(one.input);
    if (completed.kind === 'input') {
      const { input } = completed;
      whole.push({ one, input, inputText: JSON.stringify(input) });
      continue;
    }
    const { path, detail, mend } = completed;
    const row = one.rowOf(['input', ...path]);
    findings.push({ file: one.file, row, code: 'case_input_invalid', detail, mend });
  }
  return { whole, findings };
}

/**
 * What a composed bundle decides about each case, in an OPA that is started for it, and how that differs from what the case says.
 * @throws Failure when `opa` cannot be run.
 */
export async function judgeCases(
  bundle: Uint8Array,
  cases: readonly WholeCase[],
  tools: { readonly opa: string; readonly signal: AbortSignal },
): Promise<readonly JudgedCase[]> {
  if (cases.length === 0) return [];
  const evaluations = await askOpa(
    bundle,
    cases.map(({ inputText }) => inputText),
    tools,
  );
  return cases.map((whole, position) => {
    const decision = decisionOf(evaluations[position]);
    const mismatches =
      decision.kind === 'answered' ? mismatchesOf(whole.one.answer, decision.answer, whole.input) : [];
    return { ...whole, decision, mismatches };
  });
}

/** Whether a case holds. */
export function holds({ decision, mismatches }: JudgedCase): boolean {
  return decision.kind === 'answered' && mismatches.length === 0;
}

function decisionOf(evaluation: Evaluation | undefined): CaseDecision {
  if (evaluation?.kind === 'failed') {
    const [place] = evaluation.locations;
    const where = place === undefined ? '' : ` at ${place.file}:${place.row}`;
    return { kind: 'failed', detail: `${evaluation.code}${where}` };
  }
  const answer = KernelAnswer.safeParse(evaluation?.kind === 'result' ? evaluation.value : undefined);
  return answer.success
    ? { kind: 'answered', answer: answer.data }
    : { kind: 'failed', detail: 'There is no answer of the kernel’s.' };
}
