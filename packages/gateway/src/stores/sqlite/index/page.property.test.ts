import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DecisionEntry, OutcomeEntry } from '@bailiff/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entryText } from '../../../record/entry.ts';
import { type EntryFacts, factsOf, wordsOf } from '../../../record/facts.ts';
import { type DecisionFilter, DIMENSIONS, FILTER_FIELDS, type PageOptions } from '../../../record/reader.ts';
import { SAMPLE_MS, sampleDecision, sampleOutcome } from '../../../record/testing/sample-entries.ts';
import { batchOf, LogWriter } from '../log/writer.ts';
import { resetIndex } from '../schema.ts';
import { BLOCK_ENTRIES } from './block-set.ts';
import { CountsQuery } from './counts.ts';
import { Indexer } from './indexer.ts';
import { PageQuery } from './page.ts';

/** Enough for three blocks, the last one begun. */
const ENTRIES = 2 * BLOCK_ENTRIES + 500;
const MINUTE_MS = 60_000;

const AGENTS = ['a', 'b', 'c'];
const OUTCOMES = ['allow', 'deny', 'approval_required'] as const;
const WORDS = ['refund', 'order', 'iban', 'delete'];

interface Known {
  readonly seq: number;
  readonly entry: DecisionEntry;
  readonly facts: EntryFacts;
  result: OutcomeEntry['result'] | 'unknown';
}

/** Repeatable numbers below `bound`; their quality does not matter. */
function numbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

describe('pages of the index', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pages-'));
  const writer = new LogWriter(join(folder, 'decisions.db'));
  const known: Known[] = [];
  let pages: PageQuery;

  beforeAll(() => {
    const next = numbers(4_711);
    const pick = <Item>(items: readonly Item[]): Item => items[next(items.length)] as Item;
    const entries: (DecisionEntry | OutcomeEntry)[] = [];
    while (entries.length < ENTRIES) {
      const late = pick(known);
      if (late !== undefined && late.result === 'unknown' && next(3) === 0) {
        late.result = pick(['forwarded', 'failed'] as const);
        entries.push(sampleOutcome(late.entry.decision_id, late.result));
        continue;
      }
      const entry = sampleDecision({
        id: `d-${entries.length}`,
        // The clock drifts, jumps back now and then, and has many records in one millisecond.
        atMs: SAMPLE_MS + (next(50) === 0 ? -next(60) : Math.floor(entries.length / 100)) * MINUTE_MS,
        agent: pick(AGENTS),
        user: next(1_000) === 0 ? 'rare' : 'mara',
        conversation: `c-${Math.floor(entries.length / 700)}`,
        outcome: pick(OUTCOMES),
        rules: [pick(['identity.one', 'resource.two'])],
        reasons: [pick(['x', 'y'])],
        latencyMs: next(20) === 0 ? 0 : next(5_000) / 100,
        args: { note: `${pick(WORDS)} ${pick(WORDS)}` },
      });
      entries.push(entry);
      known.push({ seq: entries.length, entry, facts: factsOf(entry), result: 'unknown' });
    }
    for (let from = 0; from < entries.length; from += 1_000) {
      writer.append(batchOf(entries.slice(from, from + 1_000).map((entry) => entryText(entry))));
    }
    const indexer = new Indexer(writer.database());
    while (indexer.step(1 + next(700)) > 0);
    pages = new PageQuery(writer.database());
  });
  afterAll(() => {
    writer[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  /** What a page must hold, from the definition of a filter and without any index. */
  const expected = (
    filter: DecisionFilter,
    { limit, before = Number.POSITIVE_INFINITY, after = 0 }: PageOptions,
  ) =>
    known
      .filter(({ seq, facts: { fields, words, summary }, result }) => {
        const values = [...fields, ['result', result] as const];
        return (
          seq < before &&
          seq > after &&
          FILTER_FIELDS.every(
            (name) =>
              filter[name] === undefined ||
              values.some(([field, value]) => field === name && value === filter[name]),
          ) &&
          summary.atMs >= (filter.sinceMs ?? Number.NEGATIVE_INFINITY) &&
          summary.atMs < (filter.untilMs ?? Number.POSITIVE_INFINITY) &&
          summary.latencyMs >= (filter.latencyOverMs ?? 0) &&
          [...wordsOf([filter.text ?? ''])].every((word) => words.has(word))
        );
      })
      .toReversed()
      .slice(0, limit)
      .map(({ seq }) => seq);

  const moment = fc.integer({ min: -90, max: 110 }).map((minutes) => SAMPLE_MS + minutes * MINUTE_MS);
  const filters: fc.Arbitrary<DecisionFilter> = fc.record(
    {
      agent: fc.constantFrom(...AGENTS, 'nobody'),
      user: fc.constantFrom('mara', 'rare'),
      conversation: fc.integer({ min: 0, max: 12 }).map((number) => `c-${number}`),
      outcome: fc.constantFrom(...OUTCOMES),
      result: fc.constantFrom('forwarded', 'failed'),
      rule: fc.constantFrom('identity.one', 'resource.two'),
      reason: fc.constantFrom('x', 'y'),
      latencyOverMs: fc.oneof(
        fc.double({ min: 0, max: 60, noNaN: true }).map((ms) => Math.round(ms * 100) / 100),
        fc.constant(0),
      ),
      sinceMs: moment,
      untilMs: moment,
      text: fc
        .uniqueArray(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 2 })
        .map((words) => words.join(' ')),
    },
    { requiredKeys: [] },
  );
  const cursor = fc.integer({ min: 1, max: ENTRIES + 10 });
  const options: fc.Arbitrary<PageOptions> = fc.record(
    { limit: fc.integer({ min: 1, max: 60 }), before: cursor, after: cursor },
    { requiredKeys: ['limit'] },
  );

  test('hold exactly what the filter says, newest first, whatever is combined', () => {
    fc.assert(
      fc.property(filters, options, (filter, option) => {
        expect(pages.page(filter, option).decisions.map(({ seq }) => seq)).toEqual(expected(filter, option));
      }),
      { numRuns: 150 },
    );
  });

  test('are the same after the index was made again from the log, and so are the counts', () => {
    const filter = { agent: 'a', latencyOverMs: 20 };
    const question = { sinceMs: 0, untilMs: SAMPLE_MS * 2, dimensions: DIMENSIONS };
    const before = {
      page: pages.page(filter, { limit: 500 }),
      counts: new CountsQuery(writer.database()).counts(question),
    };
    resetIndex(writer.database());
    const indexer = new Indexer(writer.database());
    while (indexer.step(5_000) > 0);
    const after = {
      page: new PageQuery(writer.database()).page(filter, { limit: 500 }),
      counts: new CountsQuery(writer.database()).counts(question),
    };
    expect(after).toEqual(before);
    pages = new PageQuery(writer.database());
  });
});
