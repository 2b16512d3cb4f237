import type { CorpusCase } from '@bailiff/contract';
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
  let [looked, alike, policyVersion] = [0, 0, ''];
  const saved = (endedBy: Saved['endedBy']): Saved => ({
    cases: [...taken.values()],
    looked,
    alike,
    leftOut,
    endedBy,
    policyVersion,
  });
  for (let before: number | undefined; ; ) {
    const page = await reader.page(
      options.filter,
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

/** What was saved, for people. */
export function tellSaved({ cases, looked, alike, leftOut, endedBy }: Saved, file: string): string {
  const lines = [`${cases.length} cases of ${looked} records saved to ${file}`];
  if (alike > 0)
    lines.push(`  ${alike} are like another: the same outcome, rules, scope and target (--all keeps them)`);
  for (const [why, count] of leftOut) lines.push(`  ${count} left out: each ${LEFT_OUT[why]}`);
  if (endedBy === 'limit') lines.push('  there are more: --limit takes more of them');
  if (endedBy === 'scan') lines.push(`  only the newest ${SCANNED_MAX} records were looked at`);
  return `${lines.join('\n')}\n`;
}
