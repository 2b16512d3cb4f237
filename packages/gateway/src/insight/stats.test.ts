import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordEntry, Release, ReleaseRule } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DecisionReader } from '../record/reader.ts';
import { SAMPLE_MS, sampleDecision, sampleOutcome, sampleRefusal } from '../record/testing/sample-entries.ts';
import { openSqliteLog, type SqliteDecisionLog } from '../stores/sqlite/log/decision-log.ts';
import { openSqliteReader } from '../stores/sqlite/reader/decision-reader.ts';
import { recordStatistics } from './stats.ts';

const NEVER = new AbortController().signal;
const HOUR_MS = 3_600_000;
const WINDOW = { sinceMs: SAMPLE_MS, untilMs: SAMPLE_MS + 3 * HOUR_MS };

describe('statistics of the record', () => {
  let folder: string;
  let log: SqliteDecisionLog;
  let reader: DecisionReader;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stats-'));
    const file = join(folder, 'decisions.db');
    log = await openSqliteLog({ file, buffer_ms: 20, queue_max: 10_000, write_timeout_ms: 5_000 });
    reader = await openSqliteReader({ file, catchUp: () => log.catchUp() });
  });
  afterEach(async () => {
    await reader[Symbol.asyncDispose]();
    await log[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  const statisticsOf = async (...entries: RecordEntry[]) => {
    await Promise.all(entries.map((entry) => log.append(entry, { durable: true }, NEVER)));
    return recordStatistics(reader, WINDOW, NEVER);
  };

  test('of an empty record are zeroes, and rates that nobody can know are null', async () => {
    expect(await statisticsOf()).toEqual({
      since: '2026-11-22T13:00:00.000Z',
      until: '2026-11-22T17:00:00.000Z',
      decisions: 0,
      denied: 0,
      denial_rate: null,
      allowed: 0,
      approval_required: 0,
      refused: 0,
      lists: 0,
      latency_ms: null,
      hours: [],
      reasons: [],
      results: [],
      agents: [],
      tools: [],
      rules: [],
      policy_version: null,
      rules_never_fired: [],
    });
  });

  test('give the denial rate by hour, by agent and over all; refused requests are no decisions', async () => {
    const later = SAMPLE_MS + HOUR_MS;
    const statistics = await statisticsOf(
      sampleDecision({ id: 'd-1', agent: 'a' }),
      sampleDecision({ id: 'd-2', agent: 'a', outcome: 'deny', reasons: ['no'] }),
      sampleDecision({ id: 'd-3', agent: 'b', atMs: later, outcome: 'approval_required', reasons: ['ask'] }),
      sampleDecision({ id: 'd-4', agent: 'b', atMs: later, outcome: 'deny', reasons: ['no'] }),
      sampleDecision({ id: 'd-5', agent: 'b', atMs: later, outcome: 'deny', reasons: ['no'] }),
      sampleOutcome('d-1'),
      sampleRefusal('d-6'),
    );
    expect(statistics).toMatchObject({
      decisions: 5,
      denied: 3,
      denial_rate: 0.6,
      allowed: 1,
      approval_required: 1,
      refused: 1,
    });
    expect(statistics.hours).toEqual([
      { hour: '2026-11-22T13:00:00.000Z', decisions: 2, denied: 1, denial_rate: 0.5 },
      { hour: '2026-11-22T14:00:00.000Z', decisions: 3, denied: 2, denial_rate: 2 / 3 },
    ]);
    expect(statistics.agents).toEqual([
      { agent: 'b', decisions: 3, denied: 2, denial_rate: 2 / 3 },
      { agent: 'a', decisions: 2, denied: 1, denial_rate: 0.5 },
    ]);
    expect(statistics.reasons[0]).toEqual({ reason: 'no', count: 3 });
    expect(statistics.results).toEqual([{ result: 'forwarded', count: 1 }]);
  });

  test('count lists apart, so that asking for them does not lower the denial rate', async () => {
    const list = (id: string) => ({
      ...sampleDecision({ id, reasons: ['listed'] }),
      list: { candidates: 1, visible: [] },
    });
    const statistics = await statisticsOf(
      sampleDecision({ id: 'd-1', outcome: 'deny', reasons: ['no'] }),
      sampleDecision({ id: 'd-2' }),
      ...['l-1', 'l-2', 'l-3'].map(list),
    );
    expect(statistics).toMatchObject({ decisions: 2, denied: 1, denial_rate: 0.5, allowed: 1, lists: 3 });
    expect(statistics.hours).toMatchObject([{ decisions: 2, denial_rate: 0.5 }]);
    expect(statistics.agents).toMatchObject([{ decisions: 2, denial_rate: 0.5 }]);
    expect(statistics.reasons).not.toContainEqual(expect.objectContaining({ reason: 'listed' }));
  });

  test('give percentiles of latency to within 5 %', async () => {
    const { latency_ms } = await statisticsOf(
      ...Array.from({ length: 1_000 }, (_, number) =>
        sampleDecision({ id: `d-${number}`, latencyMs: (number + 1) / 10 }),
      ),
    );
    expect(latency_ms?.p50).toBeGreaterThanOrEqual(50);
    expect(latency_ms?.p50).toBeLessThanOrEqual(50 * 1.05);
    expect(latency_ms?.p99).toBeGreaterThanOrEqual(99);
    expect(latency_ms?.p99).toBeLessThanOrEqual(99 * 1.05);
  });

  test('name the rules of the current release that never fired; watching is firing, and what is off cannot', async () => {
    const rule = (id: string, mode: ReleaseRule['mode']) =>
      [
        id,
        {
          id,
          bundle: 'compliance',
          kind: 'deny',
          mode,
          title: id,
          owner: 'privacy',
          reason: 'no',
        } as ReleaseRule,
      ] as const;
    const rules = new Map([
      rule('compliance.fired', 'enforce'),
      rule('compliance.watched', 'watch'),
      rule('compliance.silent', 'enforce'),
      rule('compliance.unseen', 'watch'),
      rule('compliance.off', 'off'),
    ]);
    const release = {
      policyVersion: '1.0.0+aaaaaaaaaaaa',
      digest: '',
      data: { bundles: {} },
      rules,
    } as unknown as Release;
    await log.rememberRelease(release, NEVER);
    const statistics = await statisticsOf(
      sampleDecision({ id: 'd-1', rules: ['compliance.fired'], watchedRules: ['compliance.watched'] }),
    );
    expect(statistics.rules_never_fired.map(({ id }) => id)).toEqual([
      'compliance.silent',
      'compliance.unseen',
    ]);
    expect(statistics.rules).toEqual([
      { rule: 'compliance.fired', matched: 1, watched: 0 },
      { rule: 'compliance.watched', matched: 0, watched: 1 },
    ]);
  });
});
