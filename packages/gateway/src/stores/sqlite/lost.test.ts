import { copyFile, mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogStatus } from '../../record/log.ts';
import { sampleDecision, sampleOutcome, sampleRefusal } from '../../record/testing/sample-entries.ts';
import { openSqliteLog, type SqliteLogOptions } from './log/decision-log.ts';
import { openSqliteReader } from './reader/decision-reader.ts';

const NEVER = new AbortController().signal;
/** Long enough for a busy machine; a test that passes does not wait for it. */
const PATIENTLY = { timeout: 20_000 };
const durably = { durable: true } as const;

let parent: string;
let folder: string;
let file: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'lost-'));
  folder = join(parent, 'data');
  file = join(folder, 'decisions.db');
});
afterEach(() => rm(parent, { recursive: true }));

const open = (options: Partial<SqliteLogOptions> = {}) =>
  openSqliteLog({ file, buffer_ms: 20, queue_max: 10_000, write_timeout_ms: 5_000, ...options });
const settled = async (appended: Promise<void>) =>
  appended.then(
    () => 'stored',
    (thrown) => (thrown instanceof Failure ? thrown.code : String(thrown)),
  );

describe('a store whose files go while it is open', () => {
  test.each<[string, string, () => Promise<unknown>]>([
    ['its folder is removed', 'decisions.db', () => rm(folder, { recursive: true })],
    ['its folder is moved', 'decisions.db', () => rename(folder, join(parent, 'elsewhere'))],
    [
      'its folder is removed and made again',
      'decisions.db',
      () => rm(folder, { recursive: true }).then(() => mkdir(folder)),
    ],
    ['its database is removed', 'decisions.db', () => rm(file)],
    [
      'its database is replaced by a copy',
      'decisions.db',
      () => copyFile(file, `${file}.copy`).then(() => rename(`${file}.copy`, file)),
    ],
    ['its write-ahead log is removed', 'decisions.db-wal', () => rm(`${file}-wal`)],
    ['its lock is removed', 'decisions.db.lock', () => rm(`${file}.lock`)],
    [
      'its lock is replaced',
      'decisions.db.lock',
      () => rm(`${file}.lock`).then(() => writeFile(`${file}.lock`, '')),
    ],
  ])('%s: the next append is refused, and so is every later one', async (_what, name, lose) => {
    const changes: LogStatus[] = [];
    await using log = await open({ onStatus: (status) => changes.push(status) });
    expect(await settled(log.append(sampleDecision({ id: 'before' }), durably, NEVER))).toBe('stored');
    await lose();
    expect(await settled(log.append(sampleDecision({ id: 'next' }), durably, NEVER))).toBe(
      'record_unavailable',
    );
    for (const durable of [true, false])
      expect(await settled(log.append(sampleDecision({ id: `later-${durable}` }), { durable }, NEVER))).toBe(
        'record_unavailable',
      );
    const status = log.status();
    expect(status).toEqual({
      writable: false,
      detail: expect.stringContaining(`${join(folder, name)}: This file was removed, moved or replaced`),
    });
    expect(changes, 'told once').toEqual([status]);
  });

  test('it is noticed without any append', async () => {
    await using log = await open();
    await rm(folder, { recursive: true });
    await expect.poll(() => log.status().writable, PATIENTLY).toBe(false);
    expect(await settled(log.append(sampleDecision({ id: 'd-1' }), { durable: false }, NEVER))).toBe(
      'record_unavailable',
    );
  });

  test('whoever is refused hears no path: that is for operators', async () => {
    await using log = await open();
    await rm(folder, { recursive: true });
    const refused = log.append(sampleDecision({ id: 'd-1' }), durably, NEVER);
    await expect(refused).rejects.toMatchObject({ detail: 'The record’s files are gone.' });
    expect(log.status().detail).toContain('started again');
  });

  test('another process may go on with what is there, and the first one never comes back to it', async () => {
    await using first = await open();
    expect(await settled(first.append(sampleDecision({ id: 'first' }), durably, NEVER))).toBe('stored');
    await rm(`${file}.lock`);
    {
      await using second = await open();
      expect(await settled(second.append(sampleDecision({ id: 'second' }), durably, NEVER))).toBe('stored');
      expect(await settled(first.append(sampleDecision({ id: 'late' }), durably, NEVER))).toBe(
        'record_unavailable',
      );
    }
    await using reader = await openSqliteReader({ file });
    expect(await reader.verify(() => {}, NEVER)).toMatchObject({ kind: 'intact' });
  });
});

test('the files of a store are their owner’s only', async () => {
  await using log = await open();
  await log.append(sampleDecision({ id: 'd-1' }), durably, NEVER);
  for (const [path, mode] of [
    [folder, 0o700],
    ...['', '-wal', '-shm', '.lock'].map((end) => [`${file}${end}`, 0o600] as const),
  ] as const)
    expect((await stat(path)).mode & 0o777, path).toBe(mode);
});

test('a call that is refused because its decision was late is recorded once under its id', async () => {
  await using log = await open();
  await log.append(sampleDecision({ id: 'd-1' }), durably, NEVER);
  await log.append(sampleOutcome('d-1', 'failed'), durably, NEVER);
  await log.append(sampleRefusal('d-1'), durably, NEVER);
  await log.append(sampleRefusal('d-2'), durably, NEVER);
  await using reader = await openSqliteReader({ file, catchUp: () => log.catchUp() });
  const kinds = async (id: string) => (await reader.find(id, NEVER)).map(({ entry }) => entry.kind);
  expect(await kinds('d-1')).toEqual(['decision', 'outcome']);
  expect(await kinds('d-2')).toEqual(['refusal']);
  expect((await reader.page({}, { limit: 10 }, NEVER)).decisions).toHaveLength(2);
  expect(await reader.verify(() => {}, NEVER)).toMatchObject({ kind: 'intact', entries: 3 });
});

test('with the queue full there is room for the outcome of each decision that was taken, and for no other', async () => {
  await using log = await open({ queue_max: 5, write_timeout_ms: 200 });
  await log.append(sampleDecision({ id: 'under-way' }), durably, NEVER);
  using other = new DatabaseSync(file, { timeout: 5_000 }); // the index may be written just now
  other.exec('BEGIN IMMEDIATE');
  const buffered = (entry: Parameters<typeof log.append>[0]) =>
    settled(log.append(entry, { durable: false }, NEVER));
  const ids = ['d-1', 'd-2', 'd-3', 'd-4', 'd-5'];
  const decisions = Promise.all(ids.map((id) => buffered(sampleDecision({ id }))));
  expect(await buffered(sampleDecision({ id: 'd-6' }))).toBe('overloaded');
  const outcomes = Promise.all(['under-way', ...ids].map((id) => buffered(sampleOutcome(id))));
  expect(await buffered(sampleOutcome('of nobody'))).toBe('overloaded');
  expect(await decisions).not.toContain('overloaded');
  expect(await outcomes).not.toContain('overloaded');
  other.exec('ROLLBACK');
  await expect.poll(() => log.status().writable, PATIENTLY).toBe(true);
  await using reader = await openSqliteReader({ file, catchUp: () => log.catchUp() });
  for (const id of ['under-way', ...ids])
    await expect.poll(() => reader.find(id, NEVER), PATIENTLY).toHaveLength(2);
});
