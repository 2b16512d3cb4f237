import { type CorpusCase, Failure } from '@bailiff/contract';
import {
  caseOfRecord,
  LEFT_OUT,
  type LeftOut,
  likenessOf,
} from '../../distribution/corpus/case-of-record.ts';
import type { DecisionFilter, DecisionReader } from '../../record/reader.ts';

/** Records that are looked at, at most: the newest that match. */
export const SCANNED_MAX = 100_000;
const PAGE = 500;

/** Which records become cases. */
export interface SaveOptions {
  readonly filter: DecisionFilter;
  /** The release that decided them; undefined takes those of any. */
  readonly policyVersion: string | undefined;
  readonly limit: number;
  /** Also those that are like another one. */
  readonly all: boolean;
  readonly tags: readonly string[];
}

/** What was taken from the record, and what was not. */
export interface Saved {
  /** Newest first. */
  readonly cases: readonly CorpusCase[];
  readonly looked: number;
  /** Like another case that was taken. */
  readonly alike: number;
  readonly leftOut: ReadonlyMap<LeftOut, number>;
  /** Records that other releases decided, among the newest `SCANNED_MAX`. */
  readonly ofOthers: number;
  /** Why it ended before the last record; undefined where it did not. */
  readonly endedBy: 'limit' | 'scan' | undefined;
  /** Of the newest case; empty without one. */
  readonly policyVersion: string;
}

/** Takes recorded decisions, the newest first, until there are enough. @throws Failure `record_unavailable`. */
export async function casesOf(
  reader: Pick<DecisionReader, 'page' | 'find'>,
  options: SaveOptions,
  signal: AbortSignal,
): Promise<Saved> {
  const taken = new Map<string, CorpusCase>();
  const leftOut = new Map<LeftOut, number>();
  const { policyVersion: of } = options;
  const filter = of === undefined ? options.filter : { ...options.filter, policyVersion: of };
  const ofOthers = of === undefined ? 0 : await countOfOthers(reader, { filter: options.filter, of }, signal);
  let [looked, alike, policyVersion] = [0, 0, ''];
  const saved = (endedBy: Saved['endedBy']): Saved => ({
    cases: [...taken.values()],
    looked,
    alike,
    leftOut,
    ofOthers,
    endedBy,
    policyVersion,
  });
  for (let before: number | undefined; ; ) {
    const page = await reader.page(
      filter,
      { limit: PAGE, ...(before === undefined ? {} : { before }) },
      signal,
    );
    for (const { decisionId, outcome } of page.decisions) {
      if (looked >= SCANNED_MAX) return saved('scan');
      looked += 1;
      if (outcome === 'refused') continue; // Nothing was decided.
      for (const { entry } of await reader.find(decisionId, signal)) {
        if (entry.kind !== 'decision') continue;
        const made = caseOfRecord(entry, options.tags);
        if (made.kind === 'left_out') {
          leftOut.set(made.why, (leftOut.get(made.why) ?? 0) + 1);
          continue;
        }
        const key = options.all ? made.value.id : likenessOf(made.value);
        if (taken.has(key)) {
          alike += 1;
          continue;
        }
        if (taken.size >= options.limit) return saved('limit');
        if (policyVersion === '') policyVersion = entry.answer.metadata.policy_version;
        taken.set(key, made.value);
      }
    }
    if (page.next === undefined) return saved(undefined);
    before = page.next;
  }
}

/** How many of the newest records some other release decided. */
async function countOfOthers(
  reader: Pick<DecisionReader, 'page'>,
  { filter, of }: { readonly filter: DecisionFilter; readonly of: string },
  signal: AbortSignal,
): Promise<number> {
  let [looked, others] = [0, 0];
  for (let before: number | undefined; looked < SCANNED_MAX; ) {
    const options = { limit: PAGE, ...(before === undefined ? {} : { before }) };
    const { decisions, next } = await reader.page(filter, options, signal);
    looked += decisions.length;
    others += decisions.filter(
      ({ outcome, policyVersion }) => outcome !== 'refused' && policyVersion !== of,
    ).length;
    if (next === undefined) break;
    before = next;
  }
  return others;
}

/**
 * The release whose decisions are saved: the one that is named, else the one that decides; undefined for any.
 * @throws Failure `bad_request` where the record knows none of that name.
 */
export async function savedRelease(
  reader: Pick<DecisionReader, 'release'>,
  named: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (named === ANY_RELEASE) return undefined;
  const found = await reader.release(named, signal);
  if (found !== undefined || named === undefined) return found?.policyVersion;
  const active = await reader.release(undefined, signal);
  throw new Failure(
    'bad_request',
    `The record knows no release ${named.slice(0, 100)}. Name one as \`./bailiff release list\` does${active === undefined ? '' : `, as ${active.policyVersion}`}, or take those of all with --release ${ANY_RELEASE}.`,
  );
}

/** Named instead of a release, takes the decisions of all. */
export const ANY_RELEASE = 'any';

/** What was saved, for people. */
export function tellSaved(
  { cases, looked, alike, leftOut, ofOthers, endedBy }: Saved,
  { file, policyVersion }: { readonly file: string; readonly policyVersion: string | undefined },
): string {
  const of = policyVersion === undefined ? '' : ` that ${policyVersion} decided`;
  const lines = [`${cases.length} cases of ${looked} records${of} saved to ${file}`];
  if (alike > 0)
    lines.push(`  ${alike} are like another: the same outcome, rules, scope and target (--all keeps them)`);
  if (ofOthers > 0)
    lines.push(
      `  ${ofOthers} were decided by other releases (--release NAME takes those of one, --release ${ANY_RELEASE} of all)`,
    );
  for (const [why, count] of leftOut) lines.push(`  ${count} left out: each ${LEFT_OUT[why]}`);
  if (endedBy === 'limit') lines.push('  there are more: --limit takes more of them');
  if (endedBy === 'scan') lines.push(`  only the newest ${SCANNED_MAX} records were looked at`);
  return `${lines.join('\n')}\n`;
}
