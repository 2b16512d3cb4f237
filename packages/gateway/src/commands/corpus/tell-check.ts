import { bundleOfRule } from '../../distribution/composition/bundle-of-rule.ts';
import { type CorpusCheck, causeOf, type Flip } from '../../distribution/corpus/check-corpus.ts';
import type { PreflightAnswer } from '../../distribution/delivery/preflight-engine.ts';
import { type Colours, table } from '../record/terminal.ts';

/** Flips of one group that are listed; `--json` has all. */
const LISTED_MAX = 20;

/** What a release does to a corpus, for people: flips by the rules that made them. */
export function tellCheck(check: CorpusCheck, colours: Colours): string {
  const { flips, explainedOtherwise, coverage, detail } = check;
  const groups = [...Map.groupBy(flips, causeOf)].map(([cause, same]) => tellGroup(cause, same, colours));
  const others =
    explainedOtherwise.length === 0
      ? ''
      : `${explainedOtherwise.length} cases have the same outcome by other rules or reasons (--json lists them).\n`;
  const share =
    coverage === null
      ? ''
      : `Cases touch ${(coverage * 100).toFixed(0)} % of the rules of changed bundles.\n`;
  const mark = check.outcome === 'failed' ? colours.red('✗') : colours.green('✓');
  return `${groups.join('')}${others}${share}${mark} ${detail}\n`;
}

/** The same for programs, in wire names. */
export function checkJson(check: CorpusCheck) {
  return {
    outcome: check.outcome,
    detail: check.detail,
    cases: check.cases,
    flips: check.flips.map(flipJson),
    explained_otherwise: check.explainedOtherwise.map(flipJson),
    blamed: check.blamed,
    coverage: check.coverage,
  };
}

function flipJson({ id, row, agent, tool, was, is, appeared, vanished, blamed }: Flip) {
  const now =
    is.kind === 'failed'
      ? { failed: is.detail }
      : { outcome: is.outcome, reasons: is.reasons, matched_rules: is.rules };
  return { id, row, agent, tool, was, is: now, appeared, vanished, blamed };
}

function tellGroup(cause: string, flips: readonly Flip[], colours: Colours): string {
  const rows = flips
    .slice(0, LISTED_MAX)
    .map(({ id, row, agent, tool, was, is }) => [
      `${row}`,
      id,
      agent,
      tool,
      `${was.outcome} → ${outcomeOf(is)}`,
    ]);
  const headings = ['ROW', 'ID', 'AGENT', 'TOOL', 'WAS → IS'].map((heading) => ({ heading }));
  const text = table(headings, rows, (cell, row) => (row < 0 ? colours.dim(cell) : cell));
  const more = flips.length - rows.length;
  const bundles = [
    ...new Set(flips.flatMap(({ appeared, vanished }) => [...appeared, ...vanished].map(bundleOfRule))),
  ];
  const of = bundles.length === 0 ? '' : colours.dim(`  (${bundles.join(', ')})`);
  return `${colours.bold(cause)}${of}\n${text.replace(/^(?=.)/gm, '  ')}${more > 0 ? `  … and ${more} more\n` : ''}\n`;
}

const outcomeOf = (answer: PreflightAnswer) => (answer.kind === 'failed' ? 'failed' : answer.outcome);
