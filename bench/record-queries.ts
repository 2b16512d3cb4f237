/**
 * Questions asked of a record of 1,000,000 decisions: a page of 50 by any filter and by hard combinations of them,
 * the denial rate by hour, one decision by its id, and the verification of a stretch. `--records N --runs N --folder
 * DIR`; a folder is kept and used again.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { entryText } from '../packages/gateway/src/record/entry.ts';
import { type DecisionFilter, DIMENSIONS } from '../packages/gateway/src/record/reader.ts';
import {
  SAMPLE_MS,
  sampleDecision,
  sampleOutcome,
} from '../packages/gateway/src/record/testing/sample-entries.ts';
import { Indexer } from '../packages/gateway/src/stores/sqlite/index/indexer.ts';
import { batchOf, LogWriter } from '../packages/gateway/src/stores/sqlite/log/writer.ts';
import { openSqliteReader } from '../packages/gateway/src/stores/sqlite/reader/decision-reader.ts';
import { percentile } from './driver.ts';
import { median, printTable, ratio } from './report.ts';

const PAGE = 50;
const PAGE_GOAL_MS = 50;
const BY_HOUR_GOAL_MS = 100;
const BATCH_DECISIONS = 1_000;
const INDEX_STEP_ENTRIES = 4_096;
const DAYS = 30;
const DAY_MS = 86_400_000;
const NEVER = new AbortController().signal;

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '15' },
    folder: { type: 'string' },
  },
});
const records = Number(values.records);
const runs = Number(values.runs);
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'record-queries-'));
mkdirSync(folder, { recursive: true });
const file = join(folder, 'decisions.db');

/** Repeatable, so that a kept folder answers the same. */
let state = 4_711;
const below = (bound: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * bound);
};
/** Few are frequent and many are rare, as names are. */
const skewed = (bound: number): number => Math.floor(bound * (below(1_000) / 1_000) ** 3);

const OUTCOMES = [
  'allow',
  'allow',
  'allow',
  'allow',
  'allow',
  'allow',
  'deny',
  'deny',
  'approval_required',
] as const;
const CLASSES = [
  'public',
  'internal',
  'customer_data',
  'payment_data',
  'health_data',
  'source_code',
  'credentials',
  'legal',
];

function decision(number: number) {
  const agent = skewed(40);
  const outcome = OUTCOMES[below(OUTCOMES.length)] ?? 'deny';
  const words = Array.from({ length: 6 }, () => `word${skewed(5_000)}`).join(' ');
  return sampleDecision({
    id: `01K${number.toString(32).toUpperCase().padStart(23, '0')}`,
    atMs: SAMPLE_MS - DAYS * DAY_MS + Math.floor((number / records) * DAYS * DAY_MS),
    agent: `agent-${agent}`,
    team: `team-${agent % 12}`,
    user: `user-${skewed(2_000)}`,
    conversation: `c-${Math.floor(number / 20)}`,
    server: `server${agent % 7}`,
    tool: `tool${skewed(150)}`,
    outcome,
    rules: [`compliance.rule_${skewed(80)}`, `resource.rule_${skewed(30)}`],
    watchedRules: below(20) === 0 ? [`workflow.watched_${below(5)}`] : [],
    reasons: [`${outcome}_reason_${skewed(40)}`],
    policyVersion: `1.${Math.floor((number / records) * 10)}.0+0123456789ab`,
    dataClasses: [CLASSES[skewed(CLASSES.length)] ?? 'public'],
    latencyMs: Math.round(100 + 1_500 * Math.exp(below(1_000) / 250)) / 1_000,
    args: { id: number, rows: below(500), note: words },
  });
}

function build(): void {
  using writer = new LogWriter(file);
  const startedMs = performance.now();
  for (let from = 0; from < records; from += BATCH_DECISIONS) {
    const decisions = Array.from({ length: Math.min(BATCH_DECISIONS, records - from) }, (_, at) =>
      decision(from + at),
    );
    const outcomes = decisions.map(({ decision_id, answer }) =>
      sampleOutcome(decision_id, answer.allow ? 'forwarded' : 'refused'),
    );
    writer.append(batchOf([...decisions, ...outcomes].map((entry) => entryText(entry))));
  }
  const writtenMs = performance.now();
  const indexer = new Indexer(writer.database());
  while (indexer.step(INDEX_STEP_ENTRIES) > 0);
  const indexedMs = performance.now();
  printTable(
    ['made', 'us a decision'],
    [
      ['made up and written in batches of 1,000', (((writtenMs - startedMs) * 1_000) / records).toFixed(1)],
      ['indexed', (((indexedMs - writtenMs) * 1_000) / records).toFixed(1)],
    ],
  );
}

const hourMs = 3_600_000;
const end = SAMPLE_MS;
/**
 * What a person may ask, then what is hard: sets that are large each and small together, and values between the
 * common ones.
 */
const QUESTIONS: readonly (readonly [string, DecisionFilter])[] = [
  ['nothing but the newest', {}],
  ['time: an hour, 20 days ago', { sinceMs: end - 20 * DAY_MS, untilMs: end - 20 * DAY_MS + hourMs }],
  ['agent, frequent', { agent: 'agent-0' }],
  ['agent, rare', { agent: 'agent-39' }],
  ['agent, none', { agent: 'nobody' }],
  ['team', { team: 'team-5' }],
  ['user, rare', { user: 'user-1999' }],
  ['conversation, old', { conversation: 'c-17' }],
  ['server', { server: 'server6' }],
  ['tool, frequent', { tool: 'server0.tool0' }],
  ['tool, rare', { tool: 'server1.tool149' }],
  ['rule', { rule: 'compliance.rule_79' }],
  ['rule, watched', { rule: 'workflow.watched_3' }],
  ['reason', { reason: 'deny_reason_39' }],
  ['outcome', { outcome: 'approval_required' }],
  ['result', { result: 'refused' }],
  ['result, none', { result: 'failed' }],
  ['policy version, oldest', { policyVersion: '1.0.0+0123456789ab' }],
  ['data class', { dataClass: 'legal' }],
  ['latency, most', { latencyOverMs: 2 }],
  ['latency, some', { latencyOverMs: 77.7 }],
  ['latency, the slowest', { latencyOverMs: 81.7 }],
  ['latency, none', { latencyOverMs: 5_000 }],
  ['text, frequent word', { text: 'word0' }],
  ['text, rare word', { text: 'word4999' }],
  ['text, a number that occurs once', { text: '17' }],
  ['text, two rare words', { text: 'word4999 word4998' }],
  ['large sets, empty together', { outcome: 'deny', reason: 'allow_reason_0' }],
  [
    'four large sets, empty together',
    { agent: 'agent-0', outcome: 'allow', server: 'server0', reason: 'deny_reason_0' },
  ],
  ['large set and oldest version', { agent: 'agent-0', policyVersion: '1.0.0+0123456789ab' }],
  ['large set, rare latency', { outcome: 'allow', latencyOverMs: 81.7 }],
  ['large set, rare latency, frequent word', { outcome: 'allow', latencyOverMs: 81.5, text: 'word0' }],
  [
    'everything',
    {
      agent: 'agent-0',
      team: 'team-0',
      outcome: 'deny',
      result: 'refused',
      text: 'word0 word1',
      latencyOverMs: 40,
      sinceMs: end - 25 * DAY_MS,
      untilMs: end - DAY_MS,
    },
  ],
];

if (!existsSync(file)) build();
await using reader = await openSqliteReader({ file });

async function timed(ask: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const startedMs = performance.now();
    await ask();
    taken.push(performance.now() - startedMs);
  }
  return taken;
}

const rows: { name: string; found: number; first: number; taken: number[] }[] = [];
for (const [name, filter] of QUESTIONS) {
  const { decisions } = await reader.page(filter, { limit: PAGE }, NEVER);
  const taken = await timed(() => reader.page(filter, { limit: PAGE }, NEVER));
  rows.push({ name, found: decisions.length, first: taken[0] ?? 0, taken });
}
printTable(
  [`page of ${PAGE} of ${records} by`, 'found', 'p50 ms', 'max ms'],
  rows.map(({ name, found, taken }) => [
    name,
    String(found),
    median(taken).toFixed(2),
    Math.max(...taken).toFixed(2),
  ]),
);

const window = { sinceMs: end - DAYS * DAY_MS, untilMs: end };
const counts = await reader.counts({ ...window, dimensions: [] }, NEVER);
const byHour = await timed(() => reader.counts({ ...window, dimensions: [] }, NEVER));
const byAll = await timed(() => reader.counts({ ...window, dimensions: DIMENSIONS }, NEVER));
const { decisions: known } = await reader.page({ policyVersion: '1.4.0+0123456789ab' }, { limit: 1 }, NEVER);
const found = await timed(() => reader.find(known[0]?.decisionId ?? '', NEVER));
const verifyStartedMs = performance.now();
const verification = await reader.verify(() => {}, NEVER);
const verifySeconds = (performance.now() - verifyStartedMs) / 1_000;
const entries = verification.kind === 'intact' ? verification.entries : 0;
printTable(
  ['other questions', 'p50 ms', 'max ms'],
  [
    [
      `denial rate by hour over ${DAYS} days, ${counts.hours.length} rows`,
      median(byHour).toFixed(2),
      Math.max(...byHour).toFixed(2),
    ],
    [`the same with all dimensions`, median(byAll).toFixed(2), Math.max(...byAll).toFixed(2)],
    ['one decision with its outcome', median(found).toFixed(2), Math.max(...found).toFixed(2)],
    [
      `verification of ${entries} entries: ${Math.round(entries / verifySeconds)} a second`,
      (verifySeconds * 1_000).toFixed(0),
      '',
    ],
  ],
);
process.stdout.write(`store: ${(statSync(file).size / 2 ** 20).toFixed(0)} MiB\n`);

const medians = rows.map(({ taken }) => median(taken));
ratio('record_page_worst_median_vs_50_ms', Math.max(...medians) / PAGE_GOAL_MS);
ratio(
  'record_page_worst_p95_vs_50_ms',
  Math.max(...rows.map(({ taken }) => percentile(taken, 0.95))) / PAGE_GOAL_MS,
);
ratio('record_denials_by_hour_vs_100_ms', median(byHour) / BY_HOUR_GOAL_MS);
if (values.folder === undefined) rmSync(folder, { recursive: true });
