import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { entryText } from '../../../record/entry.ts';
import { sampleDecision, sampleOutcome, sampleRefusal } from '../../../record/testing/sample-entries.ts';
import { batchOf, LogWriter } from '../log/writer.ts';
import { catchUpStore } from '../maintenance.ts';
import { checkIndex } from './check.ts';
import { Indexer } from './indexer.ts';

const DECISIONS = 700;

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check %-'));
  file = join(folder, 'decisions.db');
  using writer = new LogWriter(file);
  const texts = Array.from({ length: DECISIONS }, (_, number) => [
    entryText(sampleDecision({ id: `d-${number}`, agent: `agent-${number % 3}`, args: { number } })),
    entryText(sampleOutcome(`d-${number}`)),
  ]).flat();
  writer.append(batchOf([...texts, entryText(sampleRefusal('r-1'))]));
  const indexer = new Indexer(writer.database());
  while (indexer.step(37) > 0); // in other steps than it is checked in
});
afterEach(() => rm(folder, { recursive: true }));

test('an index that was made in any steps is what its log gives', () => {
  const heard: number[] = [];
  expect(checkIndex(file, (entries) => heard.push(entries))).toEqual({
    kind: 'intact',
    entries: 2 * DECISIONS + 1,
  });
  expect(heard.at(-1)).toBe(2 * DECISIONS + 1);
});

test('beside a gateway that writes it is checked up to where it is', () => {
  using writer = new LogWriter(file);
  writer.append(batchOf([entryText(sampleDecision({ id: 'later' }))]));
  using other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  expect(checkIndex(file, () => {})).toMatchObject({ kind: 'intact', entries: 2 * DECISIONS + 1 });
});

test.each([
  ['summary', `UPDATE summary SET outcome = 'allow', agent = 'another' WHERE seq = 11`],
  ['summary', 'DELETE FROM summary WHERE seq = 11'],
  ['block', 'UPDATE block SET slowest_us = 0'],
  ['posting', 'DELETE FROM posting WHERE term = (SELECT max(term) FROM posting)'],
  ['posting', 'UPDATE posting SET entries = zeroblob(512) WHERE term = (SELECT max(term) FROM posting)'],
  ['rollup', `UPDATE rollup SET count = count + 1 WHERE dimension = ''`],
  ['latency', 'DELETE FROM latency'],
  ['indexed', 'UPDATE indexed SET seq = 100000'],
])('an edited %s is found: %s', (table, sql) => {
  {
    using database = new DatabaseSync(file);
    database.exec(sql);
  }
  expect(checkIndex(file, () => {})).toMatchObject({ kind: 'differs', table });
  catchUpStore(file, { rebuild: true });
  expect(checkIndex(file, () => {})).toMatchObject({ kind: 'intact' });
});
