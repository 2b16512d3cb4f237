import { writeFile } from 'node:fs/promises';
import { type CorpusCase, Failure } from '@bailiff/contract';
import { type CorpusCheck, checkCorpus, type Flip } from '../../distribution/corpus/check-corpus.ts';
import { type Corpus, corpusText } from '../../distribution/corpus/corpus-file.ts';
import { opaPath } from '../places.ts';
import {
  type CheckedRelease,
  checkedRelease,
  corpusFileOf,
  corpusIn,
  type ReleaseOptions,
} from './checked-release.ts';
import { decideWithOpa } from './opa-decisions.ts';

/** A corpus, the release that decided it, and what came of it. */
export interface Checked {
  readonly file: string;
  readonly corpus: Corpus;
  readonly checked: CheckedRelease;
  readonly check: CorpusCheck;
}

/**
 * Decides a corpus in an OPA of its own by the release that the options name.
 * @throws BundleFailure when sources or corpus are refused; Failure when a file cannot be read or `opa` cannot be run.
 */
export async function checkFile(
  named: string | undefined,
  options: ReleaseOptions,
  signal: AbortSignal,
): Promise<Checked> {
  // What is named is read first: a corpus that is refused need not wait for a build.
  const early = named === undefined ? undefined : await corpusIn(named);
  const checked = await checkedRelease(options);
  const file = corpusFileOf(named, checked);
  const corpus = early ?? (await corpusIn(file));
  const decideAll = (texts: readonly string[]) =>
    decideWithOpa(checked.bundle, texts, { opa: opaPath(), signal });
  return { file, corpus, checked, check: await checkCorpus(corpus, decideAll, { after: checked.release }) };
}

/** Cases whose expectation is to become what the release says: all that differ, or those that are named. */
export type Accepting =
  | { readonly kind: 'all' }
  | { readonly kind: 'named'; readonly ids: readonly string[] };

/**
 * Writes the corpus with what the release says as the expectation of the named cases; gives those that changed.
 * @throws Failure `bad_request` where an id is no difference, or what is to be accepted could not be decided.
 */
export async function acceptFlips(
  { file, corpus, checked, check }: Checked,
  accepting: Accepting,
  nowMs: number,
): Promise<readonly Flip[]> {
  const differences = [...check.flips, ...check.explainedOtherwise];
  const known = new Set(differences.map(({ id }) => id));
  const unknown = accepting.kind === 'named' ? accepting.ids.filter((id) => !known.has(id)) : [];
  if (unknown.length > 0)
    throw new Failure('bad_request', `Not decided otherwise than expected: ${unknown.join(', ')}.`);
  const accepted = differences.filter(({ id }) => accepting.kind === 'all' || accepting.ids.includes(id));
  const failed = accepted.flatMap(({ id, is }) => (is.kind === 'failed' ? [`${id}: ${is.detail}`] : []));
  if (failed.length > 0)
    throw new Failure('bad_request', `What could not be decided is nothing to expect. ${failed.join('; ')}.`);
  if (accepted.length === 0) return accepted;
  const byId = new Map(accepted.map((flip) => [flip.id, flip]));
  const cases = corpus.cases.map((one) => rewritten(one, byId.get(one.id)));
  const text = corpusText({
    savedAt: new Date(nowMs).toISOString(),
    policyVersion: checked.release?.policyVersion ?? corpus.policyVersion,
    cases,
  });
  await writeFile(file, text);
  return accepted;
}

function rewritten(one: CorpusCase, flip: Flip | undefined): CorpusCase {
  if (flip === undefined || flip.is.kind === 'failed') return one;
  const { outcome, reasons, rules } = flip.is;
  return { ...one, expect: { outcome, reasons: [...reasons], matched_rules: [...rules] } };
}
