import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sampleDecision } from '../../../record/testing/sample-entries.ts';
import { openSqliteLog } from './decision-log.ts';

const NEVER = new AbortController().signal;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('under lasting load the write-ahead log stays short, and all arrives in the main file', async () => {
  const file = join(folder, 'decisions.db');
  const log = await openSqliteLog({ file, buffer_ms: 20, queue_max: 10_000, write_timeout_ms: 30_000 });
  const sizes: number[] = [];
  for (let burst = 0; burst < 40; burst += 1) {
    const ids = Array.from({ length: 500 }, (_, number) => `d-${burst}-${number}`);
    await Promise.all(ids.map((id) => log.append(sampleDecision({ id }), { durable: true }, NEVER)));
    sizes.push((await stat(`${file}-wal`)).size);
  }
  const [main, longest] = [(await stat(file)).size, Math.max(...sizes)];
  expect(main, 'moved while it was written').toBeGreaterThan(longest);
  expect(longest).toBeLessThan(48 * 2 ** 20);
  await log[Symbol.asyncDispose]();
  expect((await stat(file)).size).toBeGreaterThan(20_000 * 2_500);
});
