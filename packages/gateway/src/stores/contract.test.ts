import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordEntry, Release, ReleaseRule } from '@bailiff/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { entryHash, GENESIS } from '../record/chain.ts';
import { entryText } from '../record/entry.ts';
import { followDecisions } from '../record/follow.ts';
import type { DecisionLog } from '../record/log.ts';
import { type DecisionReader, DIMENSIONS } from '../record/reader.ts';
import { SAMPLE_MS, sampleDecision, sampleOutcome, sampleRefusal } from '../record/testing/sample-entries.ts';
import { openSqliteLog } from './sqlite/log/decision-log.ts';
import { openSqliteReader } from './sqlite/reader/decision-reader.ts';

/** A store under test: opened in an empty folder, or again in a folder that it was closed in. */
interface Opened {
  readonly log: DecisionLog;
  readonly reader: DecisionReader;
  close(): Promise<void>;
}

const STORES: readonly { readonly name: string; open(folder: string): Promise<Opened> }[] = [
  {
    name: 'sqlite',
    open: async (folder) => {
      const file = join(folder, 'decisions.db');
      const log = await openSqliteLog({ file, buffer_ms: 20, queue_max: 10_000, write_timeout_ms: 5_000 });
      const reader = await openSqliteReader({ file, catchUp: () => log.catchUp() });
      const close = async () => {
        await reader[Symbol.asyncDispose]();
        await log[Symbol.asyncDispose]();
      };
      return { log, reader, close };
    },
  },
];

const NEVER = new AbortController().signal;
/** Long enough for a busy machine; a test that passes does not wait for it. */
const PATIENTLY = { timeout: 20_000 };
const HOUR_MS = 3_600_000;

describe.each(STORES)('$name', ({ open }) => {
  let folder: string;
  let store: Opened;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'store-'));
    store = await open(folder);
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  const append = async (...entries: RecordEntry[]) => {
    for (const entry of entries) await store.log.append(entry, { durable: true }, NEVER);
  };
  const idsOf = async (
    ...[filter, options = { limit: 50 }]: [object?, { limit: number; before?: number; after?: number }?]
  ) => (await store.reader.page(filter ?? {}, options, NEVER)).decisions.map(({ decisionId }) => decisionId);

  test('what was appended durably is found as it was, with its place in the chain', async () => {
    const entries = [sampleDecision({ id: 'd-1' }), sampleOutcome('d-1')];
    await append(...entries);
    const found = await store.reader.find('d-1', NEVER);
    expect(found.map(({ entry }) => entry)).toEqual(entries);
    const first = entryHash(GENESIS, entryText(entries[0] as RecordEntry).document);
    const second = entryHash(first, entryText(entries[1] as RecordEntry).document);
    expect(found).toMatchObject([
      { seq: 1, previousHash: GENESIS.toString('hex'), hash: first.toString('hex') },
      { seq: 2, previousHash: first.toString('hex'), hash: second.toString('hex') },
    ]);
    expect(await store.reader.find('d-2', NEVER)).toEqual([]);
  });

  test('appending the same decision id and kind twice is one append', async () => {
    await append(
      sampleDecision({ id: 'd-1' }),
      sampleDecision({ id: 'd-1', agent: 'other' }),
      sampleOutcome('d-1'),
      sampleOutcome('d-1', 'failed'),
    );
    const found = await store.reader.find('d-1', NEVER);
    expect(found.map(({ seq, entry }) => [seq, entry.kind])).toEqual([
      [1, 'decision'],
      [2, 'outcome'],
    ]);
    expect(found[0]?.entry).toEqual(sampleDecision({ id: 'd-1' }));
  });

  test('concurrent appends keep the order in which they were made, and the chain holds', async () => {
    await Promise.all(
      Array.from({ length: 500 }, (_, number) =>
        store.log.append(sampleDecision({ id: `d-${number}` }), { durable: number % 3 > 0 }, NEVER),
      ),
    );
    await append(sampleOutcome('d-0'));
    const { decisions } = await store.reader.page({}, { limit: 500 }, NEVER);
    expect(decisions.map(({ decisionId }) => decisionId)).toEqual(
      Array.from({ length: 500 }, (_, number) => `d-${499 - number}`),
    );
    expect(await store.reader.verify(() => {}, NEVER)).toMatchObject({ kind: 'intact', entries: 501 });
  });

  test('what was buffered is written within its time without further appends', async () => {
    await store.log.append(sampleDecision({ id: 'd-1' }), { durable: false }, NEVER);
    await expect.poll(() => store.reader.find('d-1', NEVER), PATIENTLY).toHaveLength(1);
  });

  test('a clean stop loses nothing that was buffered, and what a run left open is unknown to the next', async () => {
    await store.log.append(sampleDecision({ id: 'open' }), { durable: false }, NEVER);
    await store.log.append(sampleDecision({ id: 'closed' }), { durable: false }, NEVER);
    await store.log.append(sampleOutcome('closed'), { durable: false }, NEVER);
    await store.log.append(sampleRefusal('refused'), { durable: false }, NEVER);
    await store.close();
    store = await open(folder);
    const { decisions } = await store.reader.page({}, { limit: 50 }, NEVER);
    expect(decisions.map(({ decisionId, result }) => [decisionId, result])).toEqual([
      ['refused', null],
      ['closed', 'forwarded'],
      ['open', 'unknown'],
    ]);
    const entries = await store.reader.find('open', NEVER);
    expect(entries[1]?.entry).toMatchObject({ kind: 'outcome', result: 'unknown', failure: null });
    expect(await idsOf({ result: 'unknown' })).toEqual(['open']);
    await store.close();
    store = await open(folder); // a third run finds nothing open
    expect(await store.reader.verify(() => {}, NEVER)).toMatchObject({ kind: 'intact', entries: 5 });
  });

  test('after it was closed nothing is taken', async () => {
    await store.close();
    await expect(
      store.log.append(sampleDecision({ id: 'd-1' }), { durable: false }, NEVER),
    ).rejects.toMatchObject({ code: 'record_unavailable' });
    expect(store.log.status().writable).toBe(false);
    store = await open(folder);
    expect(store.log.status().writable).toBe(true);
  });

  test('abort gives up waiting, not the entry', async () => {
    const leaving = new AbortController();
    const appended = store.log.append(sampleDecision({ id: 'd-1' }), { durable: true }, leaving.signal);
    leaving.abort();
    await expect(appended).rejects.toMatchObject({ code: 'client_gone' });
    await expect.poll(() => store.reader.find('d-1', NEVER), PATIENTLY).toHaveLength(1);
  });

  test('pages follow each other without gap or overlap, newest first', async () => {
    await Promise.all(
      Array.from({ length: 45 }, (_, number) =>
        append(sampleDecision({ id: `d-${number}`, agent: number % 2 ? 'odd' : 'even' })),
      ),
    );
    const seen: string[] = [];
    let before: number | undefined;
    do {
      const page = await store.reader.page(
        { agent: 'even' },
        { limit: 10, ...(before === undefined ? {} : { before }) },
        NEVER,
      );
      seen.push(...page.decisions.map(({ decisionId }) => decisionId));
      before = page.next;
    } while (before !== undefined);
    expect(seen).toEqual(Array.from({ length: 23 }, (_, number) => `d-${44 - 2 * number}`));
  });

  test('following gives each matching record once, in order, from where it began', async () => {
    await append(sampleDecision({ id: 'before' }));
    const { searchedTo } = await store.reader.page({}, { limit: 1 }, NEVER);
    const stopping = new AbortController();
    const following = followDecisions(
      store.reader,
      { agent: 'a' },
      { after: searchedTo, pollMs: 5, signal: stopping.signal },
    );
    const appending = append(
      ...Array.from({ length: 30 }, (_, number) =>
        sampleDecision({ id: `d-${number}`, agent: number % 2 ? 'b' : 'a' }),
      ),
    );
    const seen: string[] = [];
    for await (const { decisionId } of following) {
      seen.push(decisionId);
      if (seen.length === 15) stopping.abort();
    }
    await appending;
    expect(seen).toEqual(Array.from({ length: 15 }, (_, number) => `d-${2 * number}`));
  });

  test('counts are of whole hours, by every dimension, simulated decisions apart', async () => {
    await append(
      sampleDecision({ id: 'd-1', agent: 'a', latencyMs: 2 }),
      sampleDecision({
        id: 'd-2',
        agent: 'a',
        outcome: 'deny',
        rules: ['compliance.residency'],
        reasons: ['not_here'],
        latencyMs: 200,
      }),
      sampleDecision({ id: 'd-3', agent: 'b', atMs: SAMPLE_MS + HOUR_MS }),
      sampleDecision({ id: 'd-4', agent: 'b', simulated: true }),
      sampleOutcome('d-1'),
      sampleRefusal('d-5'),
    );
    const counts = await store.reader.counts(
      { sinceMs: SAMPLE_MS, untilMs: SAMPLE_MS + 1, dimensions: DIMENSIONS },
      NEVER,
    );
    const hourMs = Math.floor(SAMPLE_MS / HOUR_MS) * HOUR_MS;
    expect(counts.hours).toEqual([
      { hourMs, outcome: 'allow', count: 1 },
      { hourMs, outcome: 'deny', count: 1 },
      { hourMs, outcome: 'refused', count: 1 },
    ]);
    expect(counts.dimensions.agent).toEqual([
      { value: 'a', outcome: 'allow', count: 1 },
      { value: 'a', outcome: 'deny', count: 1 },
    ]);
    expect(counts.dimensions.bundle).toContainEqual({ value: 'compliance', outcome: 'deny', count: 1 });
    expect(counts.dimensions.reason).toContainEqual({
      value: 'unauthenticated',
      outcome: 'refused',
      count: 1,
    });
    expect(counts.dimensions.result).toEqual([{ value: 'forwarded', outcome: '', count: 1 }]);
    expect(counts.latency.map(({ count }) => count)).toEqual([1, 1]);
    expect(counts.latency[0]?.upToMs).toBeGreaterThanOrEqual(2);
    expect(counts.latency[0]?.upToMs).toBeLessThan(2 * 1.06);
  });

  test('a release is remembered by its policy version, and the last one activated is the current one', async () => {
    const rule = {
      id: 'compliance.residency',
      bundle: 'compliance',
      kind: 'deny',
      mode: 'enforce',
      title: 'Data stays.',
      owner: 'privacy',
      reason: 'not_here',
    };
    const release = (policyVersion: string, rules: object[]) =>
      ({
        policyVersion,
        digest: 'f'.repeat(64),
        data: { bundles: { compliance: '1.0.0+aaaaaaaaaaaa' } },
        rules: new Map(rules.map((of) => [rule.id, { ...of, severity: 'high' } as ReleaseRule])),
      }) as unknown as Release;
    await store.log.rememberRelease(release('1.0.0+aaaaaaaaaaaa', [rule]), NEVER);
    await store.log.rememberRelease(release('1.1.0+bbbbbbbbbbbb', []), NEVER);
    expect(await store.reader.release(undefined, NEVER)).toMatchObject({
      policyVersion: '1.1.0+bbbbbbbbbbbb',
      rules: [],
    });
    expect(await store.reader.release('1.0.0+aaaaaaaaaaaa', NEVER)).toMatchObject({
      digest: 'f'.repeat(64),
      bundles: { compliance: '1.0.0+aaaaaaaaaaaa' },
      rules: [rule],
    });
    expect(await store.reader.release('9.9.9+000000000000', NEVER)).toBeUndefined();
  });
});

describe.each(STORES)('$name finds by', ({ open }) => {
  let folder: string;
  let store: Opened;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'store-'));
    store = await open(folder);
    for (const entry of [
      sampleDecision({ id: 'd-1', agent: 'a' }),
      sampleDecision({
        id: 'd-2',
        atMs: SAMPLE_MS + HOUR_MS,
        agent: 'b',
        team: 'ops',
        user: 'lee',
        outcome: 'deny',
        rules: ['compliance.residency'],
        reasons: ['not_here'],
      }),
      sampleDecision({
        id: 'd-3',
        atMs: SAMPLE_MS + 2 * HOUR_MS,
        agent: 'c',
        user: 'lee',
        conversation: 'c-2',
        server: 'payments',
        tool: 'refund',
        watchedRules: ['workflow.pace'],
        policyVersion: '2.0.0+bbbbbbbbbbbb',
        dataClasses: ['payment_data'],
        latencyMs: 10,
        args: { note: 'Refund', order: 4711 },
      }),
      sampleOutcome('d-2', 'failed'),
      sampleRefusal('d-4', SAMPLE_MS + 3 * HOUR_MS),
    ]) {
      await store.log.append(entry, { durable: true }, NEVER);
    }
  });
  afterAll(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  test.each([
    [{ agent: 'b' }, ['d-2']],
    [{ team: 'ops' }, ['d-2']],
    [{ user: 'lee' }, ['d-3', 'd-2']],
    [{ conversation: 'c-2' }, ['d-3']],
    [{ server: 'payments' }, ['d-3']],
    [{ tool: 'payments.refund' }, ['d-3']],
    [{ rule: 'compliance.residency' }, ['d-2']],
    [{ rule: 'workflow.pace' }, ['d-3']],
    [{ reason: 'not_here' }, ['d-2']],
    [{ reason: 'unauthenticated' }, ['d-4']],
    [{ outcome: 'deny' }, ['d-2']],
    [{ outcome: 'refused' }, ['d-4']],
    [{ result: 'failed' }, ['d-2']],
    [{ policyVersion: '2.0.0+bbbbbbbbbbbb' }, ['d-3']],
    [{ dataClass: 'payment_data' }, ['d-3']],
    [{ latencyOverMs: 10 }, ['d-3']],
    [{ latencyOverMs: 1.5 }, ['d-3', 'd-2', 'd-1']],
    [{ text: 'refund 4711' }, ['d-3']],
    [{ text: 'cleared' }, ['d-2']],
    [{ text: '#!' }, []],
    [{ text: ' ' }, ['d-4', 'd-3', 'd-2', 'd-1']],
    [{ sinceMs: SAMPLE_MS + HOUR_MS }, ['d-4', 'd-3', 'd-2']],
    [{ untilMs: SAMPLE_MS + HOUR_MS }, ['d-1']],
    [{ sinceMs: SAMPLE_MS + HOUR_MS, untilMs: SAMPLE_MS + 2 * HOUR_MS }, ['d-2']],
    [{ user: 'lee', outcome: 'deny', text: 'cleared', latencyOverMs: 1 }, ['d-2']],
    [{ user: 'lee', outcome: 'deny', agent: 'a' }, []],
    [{ agent: 'nobody' }, []],
  ])('%j: %j', async (filter, ids) => {
    const { decisions } = await store.reader.page(filter, { limit: 50 }, NEVER);
    expect(decisions.map(({ decisionId }) => decisionId)).toEqual(ids);
  });
});
