import type { CorpusCase, CorpusExpectation } from '@bailiff/contract';
import type { PreflightAnswer } from '../delivery/preflight-engine.ts';
import { compare } from '../finding.ts';
import { blamedFor, type Change, changedRules } from './blame.ts';
import { type Corpus, FIRST_CASE_ROW } from './corpus-file.ts';

/** A case that is decided otherwise than it was. */
export interface Flip {
  readonly id: string;
  /** Where the case stands in the file of the corpus, 1-based. */
  readonly row: number;
  readonly agent: string;
  /** The tool, or whatever else was acted on. */
  readonly tool: string;
  readonly was: CorpusExpectation;
  readonly is: PreflightAnswer;
  /** Rules that match now and did not, and the other way round, by id. */
  readonly appeared: readonly string[];
  readonly vanished: readonly string[];
  /** Bundles that may have done it, by name. Empty where nothing points at one. */
  readonly blamed: readonly string[];
}

/** What a release does to a corpus. */
export interface CorpusCheck {
  /** `failed` where any outcome is another one; `skipped` for a corpus without cases. */
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** For people, in a sentence. */
  readonly detail: string;
  readonly cases: number;
  /** Cases with another outcome, by id. */
  readonly flips: readonly Flip[];
  /** Cases with the same outcome for other reasons or rules: worth a look, and no failure. */
  readonly explainedOtherwise: readonly Flip[];
  /** Bundles that any flip is blamed on, by name. */
  readonly blamed: readonly string[];
  /** Share of the rules of changed bundles that match, or matched, in any case, 0 to 1; null where nothing is known to have changed. */
  readonly coverage: number | null;
}

/**
 * Holds what `decideAll` says of each input against what it was. An answer that failed counts as a denial of its own kind:
 * it never is what was expected.
 * @throws what `decideAll` throws, and Error where it does not answer every input.
 */
export async function checkCorpus(
  { cases }: Pick<Corpus, 'cases'>,
  decideAll: (inputTexts: readonly string[]) => Promise<readonly PreflightAnswer[]>,
  change: Change = {},
): Promise<CorpusCheck> {
  const answers = cases.length === 0 ? [] : await decideAll(cases.map(({ input }) => JSON.stringify(input)));
  if (answers.length !== cases.length) throw new Error('A case of the corpus has no answer.');
  const flips: Flip[] = [];
  const explainedOtherwise: Flip[] = [];
  const touched = new Set<string>();
  for (const [position, one] of cases.entries()) {
    const answer = answers[position] ?? UNANSWERED;
    for (const rule of [...one.expect.matched_rules, ...rulesOf(answer)]) touched.add(rule);
    const flip = { ...flipOf(one, answer, change), row: position + FIRST_CASE_ROW };
    if (answer.kind === 'failed' || answer.outcome !== one.expect.outcome) flips.push(flip);
    else if (isExplainedOtherwise(one.expect, answer, flip)) explainedOtherwise.push(flip);
  }
  const changed = changedRules(change);
  const share = changed === undefined || changed.length === 0 ? null : shareOf(changed, touched);
  const blamed = [...new Set(flips.flatMap((flip) => flip.blamed))].sort(compare);
  return {
    outcome: cases.length === 0 ? 'skipped' : flips.length > 0 ? 'failed' : 'passed',
    detail: detailOf(cases.length, flips, blamed),
    cases: cases.length,
    flips,
    explainedOtherwise,
    blamed,
    coverage: share,
  };
}

/** What made a flip, in words: the rules that came and went, and where there are none the reasons that are told instead. */
export function causeOf({ was, is, appeared, vanished }: Flip): string {
  if (is.kind === 'failed') return `could not be decided: ${is.detail}`;
  const rules = [...appeared.map((id) => `+ ${id}`), ...vanished.map((id) => `- ${id}`)];
  if (rules.length > 0) return rules.join(', ');
  // What an allow is told with may be nothing: then it is what the denial was told with that is gone.
  const reasons = is.reasons.length > 0 ? is.reasons.join(', ') : `without ${was.reasons.join(', ')}`;
  return `no rule: ${reasons}`;
}

const UNANSWERED: PreflightAnswer = { kind: 'failed', detail: 'There is no answer.' };

const rulesOf = (answer: PreflightAnswer) => (answer.kind === 'decided' ? answer.rules : []);

function flipOf({ id, input, expect }: CorpusCase, is: PreflightAnswer, change: Change): Omit<Flip, 'row'> {
  const [before, now] = [new Set(expect.matched_rules), new Set(rulesOf(is))];
  const appeared = [...now.difference(before)].sort(compare);
  // A failed evaluation says nothing of rules, so that none is known to be gone.
  const vanished = is.kind === 'failed' ? [] : [...before.difference(now)].sort(compare);
  return {
    id,
    agent: input.agent.id,
    tool: input.action.target.id,
    was: expect,
    is,
    appeared,
    vanished,
    blamed: blamedFor([...appeared, ...vanished], is, change),
  };
}

function isExplainedOtherwise(
  was: CorpusExpectation,
  is: Extract<PreflightAnswer, { kind: 'decided' }>,
  { appeared, vanished }: Pick<Flip, 'appeared' | 'vanished'>,
): boolean {
  return appeared.length > 0 || vanished.length > 0 || !sameWords(was.reasons, is.reasons);
}

/** Whether two lists hold the same words, in any order. */
export function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return new Set(a).symmetricDifference(new Set(b)).size === 0;
}

function shareOf(rules: readonly string[], touched: ReadonlySet<string>): number {
  return rules.filter((id) => touched.has(id)).length / rules.length;
}

function detailOf(cases: number, flips: readonly Flip[], blamed: readonly string[]): string {
  if (cases === 0) return 'The corpus has no cases.';
  if (flips.length === 0) return `All ${cases} cases are decided as they were.`;
  const [first] = flips;
  const who = blamed.length === 0 ? '' : ` by a change of ${blamed.join(', ')}`;
  return `${flips.length} of ${cases} cases are decided otherwise${who}, as ${first?.id} (${first?.agent}, ${first?.tool}).`;
}
