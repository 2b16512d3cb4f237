import { Command } from 'commander';
import pc from 'picocolors';
import { type RecordStatistics, recordStatistics } from '../insight/stats.ts';
import { momentOf, tellMoment } from './record/moment.ts';
import { openStore, type StoreOptions, withStoreOptions } from './record/store.ts';
import { table } from './record/terminal.ts';

const SINCE_DEFAULT_MS = 24 * 3_600_000;

/** Rows of each table; `--json` has all. */
const ROWS_MAX = 10;

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
    `  allowed              ${statistics.allowed}`,
    `  denied               ${statistics.denied} (${rate(statistics.denial_rate)})`,
    `  approval required    ${statistics.approval_required}`,
    `  refused undecided    ${statistics.refused}`,
    `  lists, apart         ${statistics.lists}`,
    `  decision latency     ${latency === null ? '–' : `p50 ${latency.p50} ms, p99 ${latency.p99} ms`}`,
  ];
  const sections = [
    section(
      'Denials by hour',
      ['HOUR (UTC)', 'DECISIONS', 'DENIED', 'RATE'],
      statistics.hours.slice(-24),
      ({ hour, ...decided }) => [tellMoment(Date.parse(hour)), ...decidedCells(decided)],
    ),
    section('Reasons', ['REASON', 'COUNT'], statistics.reasons.slice(0, ROWS_MAX), ({ reason, count }) => [
      reason,
      String(count),
    ]),
    section('What became of them', ['RESULT', 'COUNT'], statistics.results, ({ result, count }) => [
      result,
      String(count),
    ]),
    section(
      'Agents',
      ['AGENT', 'DECISIONS', 'DENIED', 'RATE'],
      statistics.agents.slice(0, ROWS_MAX),
      ({ agent, ...decided }) => [agent, ...decidedCells(decided)],
    ),
    section(
      'Tools',
      ['TOOL', 'DECISIONS', 'DENIED', 'RATE'],
      statistics.tools.slice(0, ROWS_MAX),
      ({ tool, ...decided }) => [tool, ...decidedCells(decided)],
    ),
    neverFired(statistics),
  ];
  return [`${lines.join('\n')}\n`, ...sections.filter((text) => text !== '')].join('\n');
}

function neverFired({ policy_version, rules_never_fired }: RecordStatistics): string {
  if (policy_version === null) return '';
  if (rules_never_fired.length === 0) return `${pc.bold('Every rule')} of ${policy_version} fired.\n`;
  return section(
    `Rules of ${policy_version} that never fired`,
    ['RULE', 'OWNER', 'TITLE'],
    rules_never_fired,
    ({ id, owner, title, mode }) => [id, owner, mode === 'watch' ? `${title} (watched)` : title],
  );
}

function section<Row>(
  title: string,
  headings: readonly string[],
  rows: readonly Row[],
  cells: (row: Row) => string[],
): string {
  if (rows.length === 0) return '';
  const numeric = new Set(['COUNT', 'DECISIONS', 'DENIED', 'RATE']);
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
