import { Command } from 'commander';
import pc from 'picocolors';
import { type RecordStatistics, recordStatistics } from '../insight/stats.ts';
import { momentOf, tellMoment } from './record/moment.ts';
import { openStore, type StoreOptions, withStoreOptions } from './record/store.ts';
import { table } from './record/terminal.ts';

const SINCE_DEFAULT_MS = 24 * 3_600_000;

/** Rows of each table; `--json` has all. */
const ROWS_MAX = 10;

/** Hours that are shown. */
const HOURS_MAX = 24;

/** `bailiff stats`: what the record says of a stretch of time. */
export function statsCommand(): Command {
  return withStoreOptions(
    new Command('stats').description(
      'Count recorded decisions: rates, latency, reasons, rules that never fired.',
    ),
  )
    .option(
      '--since <when>',
      'from the hour of then on: 15m, 24h, 7d ago, or a time (default: 24h)',
      (text) => momentOf(text),
    )
    .option('--json', 'print everything as JSON')
    .action(
      async ({ since, json, ...store }: StoreOptions & { readonly since?: number; readonly json?: true }) => {
        const nowMs = Date.now();
        await using reader = await openStore(store);
        const window = { sinceMs: since ?? nowMs - SINCE_DEFAULT_MS, untilMs: nowMs };
        const statistics = await recordStatistics(reader, window, new AbortController().signal);
        process.stdout.write(json ? `${JSON.stringify(statistics, null, 2)}\n` : tellStatistics(statistics));
      },
    );
}

/** The statistics for people. */
export function tellStatistics(statistics: RecordStatistics): string {
  const { latency_ms: latency } = statistics;
  const lines = [
    pc.bold(`Since ${tellMoment(Date.parse(statistics.since))} UTC`),
    `  decisions            ${statistics.decisions}`,
    `    allow              ${statistics.allowed}`,
    `    deny               ${statistics.denied} (${rate(statistics.denial_rate)})`,
    `    approval_required  ${statistics.approval_required}`,
    `  refused              ${statistics.refused} requests before a decision, as without a credential`,
    `  lists                ${statistics.lists}, not among the decisions`,
    `  decision latency     ${latency === null ? '–' : `p50 ${latency.p50} ms, p99 ${latency.p99} ms`}`,
  ];
  const sections = [
    section(
      `Denials by hour${statistics.hours.length > HOURS_MAX ? `, the last ${HOURS_MAX} of ${statistics.hours.length} hours; --json has all` : ''}`,
      ['HOUR (UTC)', 'DECISIONS', 'DENY', 'RATE'],
      statistics.hours.slice(-HOURS_MAX),
      ({ hour, ...decided }) => [tellMoment(Date.parse(hour)), ...decidedCells(decided)],
    ),
    section(
      `Reasons, those of refused requests too${mostFrequentOf(statistics.reasons)}`,
      ['REASON', 'COUNT'],
      statistics.reasons.slice(0, ROWS_MAX),
      ({ reason, count }) => [reason, String(count)],
    ),
    section('What became of them', ['RESULT', 'COUNT'], statistics.results, ({ result, count }) => [
      result,
      String(count),
    ]),
    section(
      `Agents${mostFrequentOf(statistics.agents)}`,
      ['AGENT', 'DECISIONS', 'DENY', 'RATE'],
      statistics.agents.slice(0, ROWS_MAX),
      ({ agent, ...decided }) => [agent, ...decidedCells(decided)],
    ),
    section(
      `Tools${mostFrequentOf(statistics.tools)}`,
      ['TOOL', 'DECISIONS', 'DENY', 'RATE'],
      statistics.tools.slice(0, ROWS_MAX),
      ({ tool, ...decided }) => [tool, ...decidedCells(decided)],
    ),
    ruleTable(statistics),
    neverFired(statistics),
  ];
  return [`${lines.join('\n')}\n`, ...sections.filter((text) => text !== '')].join('\n');
}

/** What a heading says of a table that does not show everything. */
const mostFrequentOf = (rows: readonly unknown[]) =>
  rows.length > ROWS_MAX ? `, the ${ROWS_MAX} most frequent of ${rows.length}; --json has all` : '';

/** What is told beside the title of a rule that is not in force for everyone. */
const NOT_FOR_EVERYONE: Readonly<Record<string, string>> = {
  watch: ' (watched)',
  canary: ' (in its canary)',
};

/** Those first that are watched: whether they may decide is what their counts are for. */
function ruleTable({ rules }: RecordStatistics): string {
  const cut = rules.length > ROWS_MAX ? `, ${ROWS_MAX} of ${rules.length}; --json has all` : '';
  return section(
    `Rules that decided (MATCHED) or would have (WATCHED)${cut}`,
    ['RULE', 'MATCHED', 'WATCHED'],
    rules.toSorted((a, b) => b.watched - a.watched || b.matched - a.matched).slice(0, ROWS_MAX),
    ({ rule, matched, watched }) => [rule, String(matched), String(watched)],
  );
}

function neverFired({ policy_version, rules_never_fired }: RecordStatistics): string {
  if (policy_version === null) return '';
  if (rules_never_fired.length === 0) return `${pc.bold('Every rule')} of ${policy_version} fired.\n`;
  return section(
    `Rules of ${policy_version} that never fired`,
    ['RULE', 'OWNER', 'TITLE'],
    rules_never_fired,
    ({ id, owner, title, mode }) => [id, owner, `${title}${NOT_FOR_EVERYONE[mode] ?? ''}`],
  );
}

function section<Row>(
  title: string,
  headings: readonly string[],
  rows: readonly Row[],
  cells: (row: Row) => string[],
): string {
  if (rows.length === 0) return '';
  const numeric = new Set(['COUNT', 'DECISIONS', 'DENY', 'RATE', 'MATCHED', 'WATCHED']);
  const columns = headings.map((heading) =>
    numeric.has(heading) ? ({ heading, end: true } as const) : { heading },
  );
  const text = table(columns, rows.map(cells), (cell, row) => (row < 0 ? pc.dim(cell) : cell));
  return `${pc.bold(title)}\n${text.replace(/^(?=.)/gm, '  ')}`;
}

const decidedCells = ({
  decisions,
  denied,
  denial_rate,
}: {
  decisions: number;
  denied: number;
  denial_rate: number | null;
}) => [String(decisions), String(denied), rate(denial_rate)];

const rate = (share: number | null) => (share === null ? '–' : `${(share * 100).toFixed(1)} %`);
