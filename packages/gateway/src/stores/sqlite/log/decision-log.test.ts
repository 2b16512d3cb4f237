import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { entryText } from '../../../record/entry.ts';
import { sampleDecision } from '../../../record/testing/sample-entries.ts';
import { catchUpStore } from '../maintenance.ts';
import { openSqliteReader } from '../reader/decision-reader.ts';
import { openSqliteLog } from './decision-log.ts';
import { batchOf, LogWriter } from './writer.ts';

const NEVER = new AbortController().signal;
/** Long enough for a busy machine; a test that passes does not wait for it. */
const PATIENTLY = { timeout: 20_000 };
const LIMITS = { buffer_ms: 20, queue_max: 10_000, write_timeout_ms: 5_000 };

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-'));
  file = join(folder, 'decisions.db');
});
afterEach(() => rm(folder, { recursive: true }));

function writeUnindexed(entries: number): void {
  using writer = new LogWriter(file);
  const texts = Array.from({ length: entries }, (_, number) =>
    entryText(sampleDecision({ id: `d-${number}` })),
  );
  for (let from = 0; from < entries; from += 1_000) writer.append(batchOf(texts.slice(from, from + 1_000)));
}

test('an index that is far behind does not hold up appends, and a query waits until it is not', async () => {
  writeUnindexed(10_000);
  await using log = await openSqliteLog({ file, ...LIMITS });
  await using reader = await openSqliteReader({ file, catchUp: () => log.catchUp() });
  const order: string[] = [];
  const asked = reader.page({ agent: 'support-bot' }, { limit: 1 }, NEVER).then((page) => {
    order.push('page');
    return page;
  });
  for (let number = 0; number < 10; number += 1) {
    await log.append(sampleDecision({ id: `new-${number}` }), { durable: true }, NEVER);
    order.push('append');
  }
  expect(order).toEqual(Array(10).fill('append'));
  expect((await asked).searchedTo).toBeGreaterThanOrEqual(20_000); // decisions and the outcomes that the start gave them
});

test('without a gateway a command indexes what is missing; beside one it reads what there is', async () => {
  writeUnindexed(2_000);
  expect(catchUpStore(file, { rebuild: false })).toBe('done');
  await using reader = await openSqliteReader({ file });
  expect((await reader.page({ agent: 'support-bot' }, { limit: 1 }, NEVER)).searchedTo).toBe(2_000);
  await using _log = await openSqliteLog({ file, ...LIMITS });
  expect(catchUpStore(file, { rebuild: true })).toBe('owned_elsewhere');
  expect((await reader.page({ agent: 'support-bot' }, { limit: 1 }, NEVER)).decisions).toHaveLength(1);
});

test('the index follows by itself, without anyone asking', async () => {
  await using log = await openSqliteLog({ file, ...LIMITS });
  await using reader = await openSqliteReader({ file }); // as another process would
  await log.append(sampleDecision({ id: 'd-1' }), { durable: true }, NEVER);
  await expect
    .poll(async () => (await reader.page({ agent: 'support-bot' }, { limit: 1 }, NEVER)).decisions, PATIENTLY)
    .toHaveLength(1);
});
