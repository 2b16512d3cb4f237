import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActiveOverride, DecisionEntry, Release } from '@bailiff/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DecisionReader } from '../record/reader.ts';
import { SAMPLE_MS, sampleDecision } from '../record/testing/sample-entries.ts';
import { openSqliteLog, type SqliteDecisionLog } from '../stores/sqlite/log/decision-log.ts';
import { openSqliteReader } from '../stores/sqlite/reader/decision-reader.ts';
import { overrideReport } from './overrides.ts';

const NEVER = new AbortController().signal;
const DAY_MS = 86_400_000;

let folder: string;
let log: SqliteDecisionLog;
let reader: DecisionReader;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overrides-'));
  const file = join(folder, 'decisions.db');
  log = await openSqliteLog({ file, buffer_ms: 20, queue_max: 10_000, write_timeout_ms: 5_000 });
  reader = await openSqliteReader({ file, catchUp: () => log.catchUp() });
});
afterEach(async () => {
  await reader[Symbol.asyncDispose]();
  await log[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const override = (id: string, fromDays: number, untilDays: number): ActiveOverride => ({
  id,
  lifts: ['compliance.residency'],
  scope: { agents: ['support-bot'] },
  not_before: (SAMPLE_MS + fromDays * DAY_MS) / 1_000,
  expires_at: (SAMPLE_MS + untilDays * DAY_MS) / 1_000,
  justification: 'The yearly audit takes samples larger than usual.',
  ticket: 'RISK-1',
  requested_by: 'omar',
  approved_by: ['ana', 'priya'],
});

function usingOverrides(entry: DecisionEntry, status: 'used' | 'refused', ...ids: string[]): DecisionEntry {
  const { metadata } = entry.answer;
  const overrides = ids.map((id) => ({ id, lifts: [], status, ticket: 'RISK-1', expires_at: 1 }));
  return {
    ...entry,
    answer: { ...entry.answer, metadata: { ...metadata, overrides } } as DecisionEntry['answer'],
  };
}

test('of the active release and the record: states, uses, last and never used, weeks and share of allows', async () => {
  const overrides = [
    override('now', -1, 6),
    override('soon', 1, 3),
    override('over', -9, -8),
    override('idle', -2, 2),
  ];
  await log.rememberRelease(
    {
      policyVersion: '1.4.7+0123456789ab',
      digest: 'f'.repeat(64),
      data: { bundles: {}, overrides },
      rules: new Map([['compliance.residency', { id: 'compliance.residency', owner: 'privacy' }]]),
    } as unknown as Release,
    NEVER,
  );
  const entries = [
    usingOverrides(sampleDecision({ id: 'd-1' }), 'used', 'now', 'idle-no-more'),
    usingOverrides(sampleDecision({ id: 'd-3', atMs: SAMPLE_MS - 8 * DAY_MS - 60_000 }), 'used', 'over'),
    usingOverrides(sampleDecision({ id: 'd-4', outcome: 'deny', reasons: ['x'] }), 'used', 'now'),
    usingOverrides(sampleDecision({ id: 'd-5', outcome: 'deny', reasons: ['x'] }), 'refused', 'idle'),
    usingOverrides(sampleDecision({ id: 'd-2', atMs: SAMPLE_MS + 60_000 }), 'used', 'now'),
    usingOverrides(sampleDecision({ id: 'd-6', simulated: true }), 'used', 'now'),
    sampleDecision({ id: 'd-7' }),
  ];
  await Promise.all(entries.map((entry) => log.append(entry, { durable: true }, NEVER)));
  const nowMs = SAMPLE_MS + 3_600_000;
  const question = { sinceMs: SAMPLE_MS - 20 * DAY_MS, nowMs, dropped: [] };
  const report = await overrideReport(reader, question, NEVER);
  expect(report).toMatchObject({
    policy_version: '1.4.7+0123456789ab',
    counts: { active: 2, future: 1, expired: 1 },
    next_expiry: { id: 'idle', at: '2026-11-24T13:45:00.000Z' },
    never_used: ['idle'],
    gone: [{ id: 'idle-no-more', uses: 1 }],
    dropped: [],
    allowed: 4,
    allowed_by_override: 3,
    share_of_allows: 0.75,
  });
  expect(report.overrides).toMatchObject([
    { id: 'now', state: 'active', uses: 3, last_used: '2026-11-22T13:46:00.000Z', owners: ['privacy'] },
    { id: 'soon', state: 'future', uses: 0, last_used: null },
    { id: 'over', state: 'expired', uses: 1 },
    { id: 'idle', state: 'active', uses: 0, last_used: null },
  ]);
  expect(report.weeks).toEqual([
    { week: '2026-11-02', in_force: 0, uses: 0 },
    { week: '2026-11-09', in_force: 1, uses: 1 },
    { week: '2026-11-16', in_force: 2, uses: 4 },
  ]);
});

test('without any record there is none, and rates that nobody can know are null', async () => {
  const report = await overrideReport(reader, { sinceMs: SAMPLE_MS, nowMs: SAMPLE_MS, dropped: null }, NEVER);
  expect(report).toMatchObject({ policy_version: null, overrides: [], dropped: null, share_of_allows: null });
});
