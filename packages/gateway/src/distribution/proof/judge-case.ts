import { isDeepStrictEqual } from 'node:util';
import {
  type CaseAnswer,
  type Input,
  type Json,
  KERNEL_REASONS,
  type KernelAnswer,
  type Release,
} from '@bailiff/contract';
import { sameWords } from '../corpus/check-corpus.ts';
import type { Finding } from '../finding.ts';
import { nearestName } from '../sources/words/nearest-name.ts';
import type { ReadCase } from './case-files.ts';

/** What a release makes of a case: its answer, or why there is none. */
export type CaseDecision =
  | { readonly kind: 'answered'; readonly answer: KernelAnswer }
  | { readonly kind: 'failed'; readonly detail: string };

/** One thing that is another one than the case says. */
export interface Mismatch {
  /** The field of the answer. */
  readonly field: keyof CaseAnswer;
  readonly expected: Json;
  readonly got: Json;
}

/** Everything in which an answer is not what the case says; what the case leaves out is not looked at. */
export function mismatchesOf(
  expected: CaseAnswer,
  answer: KernelAnswer,
  input: Pick<Input, 'approval'>,
): Mismatch[] {
  const { outcome, reasons, obligations, metadata } = answer;
  const found: Mismatch[] = [];
  const differs = (field: Mismatch['field'], got: unknown) =>
    found.push({ field, expected: (expected[field] ?? null) as Json, got: (got ?? null) as Json });
  if (outcome !== expected.outcome) differs('outcome', outcome);
  if (expected.reasons !== undefined && !sameWords(expected.reasons, reasons)) differs('reasons', reasons);
  const deciding = decidingRules(answer, input);
  if (expected.because !== undefined && !sameWords(expected.because, deciding)) differs('because', deciding);
  if (expected.obligations !== undefined && !sameMembers(expected.obligations, obligations))
    differs('obligations', obligations);
  const said = {
    remediation: answer.outcome === 'allow' ? undefined : answer.remediation,
    message: answer.outcome === 'allow' ? undefined : answer.message,
    resolution: metadata.resolution,
  };
  for (const field of ['remediation', 'message', 'resolution'] as const)
    if (expected[field] !== undefined && expected[field] !== said[field]) differs(field, said[field]);
  return found;
}

/** Full ids of the rules that decided, in the order of the answer; none where the kernel itself refuses. */
export function decidingRules(
  { metadata }: Pick<KernelAnswer, 'metadata'>,
  { approval }: Pick<Input, 'approval'>,
): string[] {
  const of = (...kinds: readonly string[]) =>
    metadata.rules.filter(({ effect }) => kinds.includes(effect)).map(({ rule }) => rule);
  switch (metadata.resolution) {
    case 2:
      return of('deny');
    case 3: {
      const lifted = metadata.overrides
        .filter(({ status }) => status === 'used')
        .flatMap(({ lifts }) => lifts);
      return of('deny').filter((id) => !lifted.includes(id));
    }
    case 6:
      return of('require_approval').filter((id) => approval?.rules.includes(id) !== true);
    case 7:
      return of('allow', 'affirm');
    default:
      return [];
  }
}

/** Rules and reasons that a case names and no release like this could ever give. */
export function caseFindings(one: ReadCase, { rules }: Pick<Release, 'rules'>): Finding[] {
  const reasons = [...new Set([...rules.values()].map(({ reason }) => reason))];
  const named = [
    ...unknownOf(one, 'because', [...rules.keys()]),
    ...unknownOf(one, 'reasons', [...reasons, ...Object.keys(KERNEL_REASONS)]),
  ];
  return named.map(({ row, name, what, nearest }) => ({
    file: one.file,
    row,
    code: 'case_name_unknown',
    detail:
      what === 'because'
        ? `The release has no rule \`${name}\`.`
        : `No rule of the release gives the reason \`${name}\`.`,
    mend:
      nearest === undefined
        ? what === 'because'
          ? 'Correct the id; `./bailiff bundle build --json` lists all of them.'
          : 'Correct the code; `reason` in a rule’s METADATA says it.'
        : `Did you mean \`${nearest}\`?`,
  }));
}

function unknownOf({ answer, rowOf }: ReadCase, what: 'because' | 'reasons', known: readonly string[]) {
  return (answer[what] ?? []).flatMap((name, position) =>
    known.includes(name)
      ? []
      : [{ row: rowOf(['answer', what, position]), name, what, nearest: nearestName(name, known) }],
  );
}

function sameMembers(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one) => b.some((other) => isDeepStrictEqual(one, other)));
}
