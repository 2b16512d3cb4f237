import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Failure } from '@bailiff/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sampleDecision, sampleOutcome } from '../../record/testing/sample-entries.ts';
import { openSqliteLog, type SqliteLogOptions } from './log/decision-log.ts';
import { openSqliteReader } from './reader/decision-reader.ts';

const NEVER = new AbortController().signal;
/** Long enough for a busy machine; a test that passes does not wait for it. */
const PATIENTLY = { timeout: 20_000 };
const script = (name: string) => fileURLToPath(new URL(`./testing/${name}.ts`, import.meta.url));

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faults-'));
  file = join(folder, 'decisions.db');
});
afterEach(() => rm(folder, { recursive: true }));

const open = (options: Partial<SqliteLogOptions> = {}) =>
  openSqliteLog({ file, buffer_ms: 20, queue_max: 10_000, write_timeout_ms: 5_000, ...options });
const durably = { durable: true } as const;
const settled = async (appended: Promise<void>) =>
  appended.then(
    () => 'stored',
    (thrown) => (thrown instanceof Failure ? thrown.code : String(thrown)),
  );
async function verify() {
  await using reader = await openSqliteReader({ file });
  return await reader.verify(() => {}, NEVER);
}

describe('a store that another process holds', () => {
  test('is refused, naming that process; once it was killed nothing is left that blocks', async () => {
    const holder = spawn(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      script('appender'),
      file,
      'durable',
      'held',
      '50',
    ]);
    await once(holder.stdout, 'data');
    await expect(open()).rejects.toMatchObject({
      code: 'record_unavailable',
      detail: expect.stringContaining(`process ${holder.pid}`),
    });
    holder.kill('SIGKILL');
    await once(holder, 'close');
    await using log = await open();
    expect(await settled(log.append(sampleDecision({ id: 'mine' }), durably, NEVER))).toBe('stored');
  });
});

describe('a store that is locked', () => {
  test('longer than a write may take: a bounded queue, then refusals; it recovers without restart and keeps what it took', async () => {
    await using log = await open({ queue_max: 20, write_timeout_ms: 1_000 });
    await log.append(sampleDecision({ id: 'before' }), durably, NEVER);
    using other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');

    const startedMs = performance.now();
    const waiting = Array.from({ length: 20 }, (_, number) =>
      settled(log.append(sampleDecision({ id: `w-${number}` }), durably, NEVER)),
    );
    expect(await settled(log.append(sampleDecision({ id: 'too-many' }), durably, NEVER))).toBe('overloaded');
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['record_unavailable']));
    expect(performance.now() - startedMs, 'refused in time').toBeLessThan(10_000);
    await expect
      .poll(() => log.status(), PATIENTLY)
      .toEqual({ writable: false, detail: expect.stringMatching(/locked|not answered/) });
    expect(await settled(log.append(sampleDecision({ id: 'too-many' }), durably, NEVER))).toBe('overloaded');

    other.exec('ROLLBACK');
    await expect.poll(() => log.status().writable, PATIENTLY).toBe(true);
    await log.append(sampleDecision({ id: 'after' }), durably, NEVER);
    expect(await verify()).toMatchObject({ kind: 'intact', entries: 22 });
  });

  test('for less than that: everything waits and is stored', async () => {
    await using log = await open();
    using other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const waiting = Array.from({ length: 20 }, (_, number) =>
      settled(log.append(sampleDecision({ id: `w-${number}` }), durably, NEVER)),
    );
    const early = await Promise.race([
      Promise.any(waiting),
      new Promise((resolve) => setTimeout(resolve, 300, 'waiting')),
    ]);
    expect(early).toBe('waiting');
    expect(log.status().writable).toBe(true);
    other.exec('ROLLBACK');
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['stored']));
  });

  test('a buffered append is refused too once the store is known not to be written', async () => {
    await using log = await open({ queue_max: 3, write_timeout_ms: 200 });
    using other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const append = (id: string) => settled(log.append(sampleDecision({ id }), { durable: false }, NEVER));
    expect(await append('d-1')).toBe('stored');
    await expect.poll(() => log.status().writable, PATIENTLY).toBe(false);
    expect(await append('d-2')).toBe('record_unavailable');
    expect(await append('d-3')).toBe('record_unavailable');
    expect(await append('d-4')).toBe('overloaded');
    other.exec('ROLLBACK');
    await expect.poll(() => log.status().writable, PATIENTLY).toBe(true);
    expect(await verify()).toMatchObject({ kind: 'intact', entries: 3 });
  });
});

/** Runs a script of `testing/` with a disk of its own, as `mount` options say. Needs user namespaces. */
function onOwnDisk(mount: string, name: string): { status: number | null; stdout: string; stderr: string } {
  const node = `exec "${process.execPath}" --disable-warning=ExperimentalWarning "${script(name)}" "${folder}"`;
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['-rm', 'sh', '-c', `mount -t tmpfs -o ${mount} tmpfs "${folder}" && ${node}`],
    {
      encoding: 'utf8',
      timeout: 60_000,
    },
  );
  return { status, stdout, stderr };
}
const canMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0;

describe.skipIf(!canMount)('a disk', () => {
  test('that is full: refused with the reason, at once from the second call on; it recovers without restart', () => {
    const { status, stdout, stderr } = onOwnDisk('size=3m', 'full-disk');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      refusal: { code: 'record_unavailable', detail: 'The disk is full.' },
      whileFull: {
        writable: false,
        detail: `${file}: The disk is full. Make room on it; no restart is needed.`,
      },
      changes: [false, true],
      next: { code: 'record_unavailable' },
      after: null,
      missing: [],
      verification: { kind: 'intact' },
    });
    expect(report.nextMs, 'far less than a write may take').toBeLessThan(1_000);
  });

  test('that is read-only: the store does not open and says why', () => {
    const { status, stderr } = onOwnDisk('ro', 'full-disk');
    expect(status).not.toBe(0);
    expect(stderr).toContain('record_unavailable');
    expect(stderr).toMatch(/cannot be written to|cannot be opened|read-only/);
  });
});

const canTrace = spawnSync('strace', ['-qq', '-e', 'trace=none', 'true']).status === 0;

describe.skipIf(!canTrace)('an fsync that fails', () => {
  test.each([
    15, 17, 20, 26, 31,
  ])('from the %ith on: nothing is acknowledged on its word, and all is there once', async (first) => {
    const trace = join(folder, 'trace');
    const fault = `fsync:error=EIO:when=${first}..${first + 3}`;
    const tracing = ['-f', '-qq', '-o', trace, '-e', 'trace=fsync', '-e', `inject=${fault}`];
    const program = [process.execPath, '--disable-warning=ExperimentalWarning', script('few-appends'), file];
    const child = spawn('strace', [...tracing, ...program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const written = text(child.stdout);
    await once(child, 'close');
    expect(await readFile(trace, 'utf8')).toMatch(/EIO.*INJECTED/);
    const acknowledged: string[] = JSON.parse(await written);
    expect(acknowledged).toHaveLength(30);
    using database = new DatabaseSync(file, { readOnly: true });
    const rows = database
      .prepare(`SELECT decision_id AS id FROM log WHERE kind = 'decision' ORDER BY seq`)
      .all();
    expect(rows.map(({ id }) => id)).toEqual(acknowledged);
    expect(await verify()).toMatchObject({ kind: 'intact' });
  });
});

describe('a log that was changed behind our back', () => {
  const ENTRIES = 1_200;

  beforeEach(async () => {
    await using log = await open();
    for (let number = 1; number <= ENTRIES / 2; number += 1) {
      void log.append(sampleDecision({ id: `d-${number}` }), { durable: false }, NEVER);
      void log.append(sampleOutcome(`d-${number}`), { durable: false }, NEVER);
    }
  });
  const change = (sql: string) => {
    using database = new DatabaseSync(file);
    database.exec(sql);
  };

  test.each([
    [
      'a flipped letter',
      `UPDATE log SET document = replace(document, 'forwarded', 'forwarder') WHERE seq = 100`,
      100,
    ],
    ['a removed entry', 'DELETE FROM log WHERE seq = 100', 100],
    [
      'two that changed places',
      'UPDATE log SET seq = -1 WHERE seq = 100; UPDATE log SET seq = 100 WHERE seq = 101; UPDATE log SET seq = 101 WHERE seq = -1',
      100,
    ],
    [
      'an entry put in between',
      `UPDATE log SET seq = seq + 10000 WHERE seq >= 100; UPDATE log SET seq = seq - 9999 WHERE seq >= 10100; INSERT INTO log SELECT 100, 'new', 'outcome', at_ms, hash, document FROM log WHERE seq = 98`,
      100,
    ],
    ['another hash', 'UPDATE log SET hash = randomblob(32) WHERE seq = 100', 100],
    ['another id beside the text', `UPDATE log SET decision_id = 'x' WHERE seq = 100`, 100],
    ['another kind beside the text', `UPDATE log SET kind = 'refusal' WHERE seq = 101`, 101],
    ['another time beside the text', 'UPDATE log SET at_ms = at_ms + 1 WHERE seq = 100', 100],
    ['a tail cut off', 'DELETE FROM log WHERE seq > 1190', 1_191],
    ['a last entry replaced', `UPDATE log SET document = document || ' ' WHERE seq = 1200`, 1_200],
  ])('%s: verification names the first bad entry', async (_what, sql, seq) => {
    expect(await verify()).toMatchObject({ kind: 'intact', entries: ENTRIES });
    change(sql);
    expect(await verify()).toMatchObject({ kind: 'broken', seq });
  });

  test.each([
    ['a tail cut off', 'DELETE FROM log WHERE seq > 1190', /10 entries are missing at the end/],
    [
      'an entry added',
      `INSERT INTO log SELECT 1201, 'x', 'outcome', at_ms, hash, document FROM log WHERE seq = 1200`,
      /Entry 1201 is filed under/,
    ],
    [
      'a recent letter flipped',
      `UPDATE log SET document = replace(document, 'mara', 'lara') WHERE seq = 1001`,
      /Entry 1001 does not have the hash/,
    ],
  ])('%s: the gateway does not go on with it', async (_what, sql, detail) => {
    change(sql);
    await expect(open()).rejects.toMatchObject({
      code: 'record_unavailable',
      detail: expect.stringMatching(detail),
    });
  });
});

test('a file that is no database is not overwritten', async () => {
  await writeFile(file, 'not a database, but somebody’s file '.repeat(100));
  await expect(open()).rejects.toMatchObject({
    code: 'record_unavailable',
    detail: `${file}: The store’s file is no database. Move the file away, or set another data_dir.`,
  });
});
