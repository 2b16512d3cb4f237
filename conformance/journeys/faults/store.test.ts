import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { verifies } from '../../requirements.ts';
import { CountingUpstream } from './counting-upstream.ts';
import { openDesk, openDeskAt } from './desk.ts';
import { FRONTS, stdioTo } from './front.ts';
import { type GatewayOptions, GatewayProcess, temporaryFolder } from './gateway-process.ts';
import { until } from './processes.ts';
import { expectChainHolds, expectPromisesKept, readRecord, witnessOf } from './record.ts';

const upstream = CountingUpstream.ofSuite({ forgets: true });

const REFUSED = { kind: 'failed', status: 503, reasons: ['record_unavailable'] };

/** What a gateway says that does not start. @throws Error when it does start. */
async function refusalToStart(options: GatewayOptions): Promise<string> {
  const started = await GatewayProcess.start(options).catch((thrown: Error) => thrown);
  if (started instanceof Error) return started.message;
  await started[Symbol.asyncDispose]();
  throw new Error('the gateway started');
}

const canMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0;

describe.skipIf(!canMount)('a store on a disk', () => {
  /** The gateway’s data on a disk of its own, which only it and whoever looks through its eyes can see. */
  const onDisk = (mount: string) => (command: readonly string[], folder: string) => {
    mkdirSync(join(folder, 'data'), { recursive: true });
    const script = `mount -t tmpfs -o ${mount} tmpfs "$0/data" && exec "$@"`;
    return ['unshare', '-rm', 'sh', '-c', script, folder, ...command];
  };

  test('that is full refuses every call with the reason, and goes on without a restart when there is room', async () => {
    verifies('matrix-9', 'strict-record');
    await using desk = await openDesk(upstream, { through: onDisk('size=4m') });
    const { gateway, told, call } = desk;
    const data = `/proc/${gateway.pid}/root${gateway.folder}/data`;
    expect((await call()).kind).toBe('done');

    const filler = join(data, 'filler');
    fill(filler);
    await until('calls are refused', async () => (await call()).kind === 'failed');
    const arrived = upstream.calls.length;
    for (let time = 0; time < 10; time += 1) expect(await call()).toMatchObject(REFUSED);
    expect(await gateway.readiness()).toBe(503);
    expect(upstream.calls.length, 'nothing more reached the server').toBe(arrived);

    rmSync(filler);
    await gateway.whenReady();
    for (let time = 0; time < 5; time += 1) expect((await call()).kind).toBe('done');
    expect(upstream.calls).toHaveLength(desk.done());
    const copy = join(gateway.folder, 'copy.db');
    await until('every decision is closed', () => {
      // SQLite cannot look through the gateway’s eyes: it resolves the path to our own disk.
      for (const end of ['', '-wal']) copyFileSync(join(data, `decisions.db${end}`), `${copy}${end}`);
      const { decisions, outcomes } = readRecord(copy);
      return outcomes.size === decisions.size;
    });
    expectPromisesKept(readRecord(copy), upstream, told);
    await expectChainHolds(copy);
  });

  test('that is read-only is told at the start, and nothing is served', async () => {
    verifies('matrix-9');
    expect(await refusalToStart({ upstream: upstream.url, through: onDisk('ro') })).toMatch(
      /ended with 2: .*(cannot be written|cannot be opened|read-only)/is,
    );
    expect(upstream.calls).toEqual([]);
  });
});

function fill(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (const size of [65_536, 512]) {
      try {
        for (;;) writeSync(handle, Buffer.alloc(size, 1));
      } catch {
        // The disk is full to within this size.
      }
    }
  } finally {
    closeSync(handle);
  }
}

/** Attached to a process and its threads, with these faults, until it is disposed of. */
async function tracing(
  pid: number,
  faults: readonly string[],
): Promise<AsyncDisposable & { injected(): number }> {
  const strace = spawn('strace', ['-f', ...faults, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  strace.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await until('it says that it is attached', () => said.includes('attached'));
  return {
    injected: () => said.split('(INJECTED)').length - 1,
    async [Symbol.asyncDispose]() {
      const closed = once(strace, 'close');
      strace.kill('SIGINT');
      await closed;
    },
  };
}

/** What one call may wait for, and a checkpoint beside it. */
const FSYNCS_OF_A_CALL = 6;

const canTrace = spawnSync('strace', ['-qq', '-e', 'trace=none', 'true']).status === 0;

describe.skipIf(!canTrace)('a disk whose fsync fails', () => {
  test.each(
    FRONTS,
  )('refuses every call over %s until it works again, and what was acknowledged is there once', async (front) => {
    verifies('matrix-9', 'strict-record');
    const refused = front === 'http' ? REFUSED : { ...REFUSED, status: 200 };
    await using desk = await openDeskAt(front, upstream);
    const { gateway, told, call } = desk;
    upstream.witness = witnessOf(gateway.record);
    expect((await call()).kind).toBe('done');

    const faults = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO'];
    const trace = await tracing(gateway.pid, faults);
    await until('calls are refused', async () => (await call()).kind === 'failed');
    const arrived = upstream.calls.length;
    for (let time = 0; time < 5; time += 1) expect(await call()).toMatchObject(refused);
    expect(await gateway.readiness()).toBe(503);
    expect(upstream.calls.length).toBe(arrived);
    await trace[Symbol.asyncDispose]();

    await gateway.whenReady();
    for (let time = 0; time < 5; time += 1) expect((await call()).kind).toBe('done');
    await gateway.stop();
    expectPromisesKept(readRecord(gateway.record), upstream, told);
    expect(upstream.calls).toHaveLength(desk.done());
    await expectChainHolds(gateway.record);
  });
});

describe.skipIf(!canTrace)('a disk whose fsync fails once', () => {
  test.each(
    FRONTS,
  )('at whichever write of a call over %s: it is refused, or written anew and done, and the next one is none the worse', async (front) => {
    verifies('matrix-16', 'strict-record');
    await using desk = await openDeskAt(front, upstream);
    const { gateway, told, call } = desk;
    upstream.witness = witnessOf(gateway.record);
    for (let nth = 1; nth <= FSYNCS_OF_A_CALL; nth += 1) {
      const fault = `inject=fsync,fdatasync:error=EIO:when=${nth}`;
      const trace = await tracing(gateway.pid, ['-e', 'trace=fsync,fdatasync', '-e', fault]);
      await until('it has failed', async () => {
        const { kind, reasons } = await call();
        if (kind !== 'done') expect([kind, ...reasons]).toEqual(['failed', 'record_unavailable']);
        return trace.injected() > 0;
      });
      await gateway.whenReady();
      await trace[Symbol.asyncDispose]();
    }
    expect((await call()).kind).toBe('done');
    await gateway.stop();
    expectPromisesKept(readRecord(gateway.record), upstream, told);
    expect(upstream.calls).toHaveLength(desk.done());
    await expectChainHolds(gateway.record);
  });
});

describe('a store that another process has locked', () => {
  test('for longer than a write may take keeps a bounded number waiting, refuses, and recovers', async () => {
    verifies('matrix-10', 'strict-record');
    const record = { write_timeout_ms: 400, queue_max: 30 };
    await using desk = await openDesk(upstream, { configuration: { record } });
    const { gateway, told, call } = desk;
    upstream.witness = witnessOf(gateway.record);
    expect((await call()).kind).toBe('done');
    await until('its outcome is written', () => readRecord(gateway.record).outcomes.size === 1);

    using other = new DatabaseSync(gateway.record);
    other.exec('BEGIN IMMEDIATE');
    const startedMs = performance.now();
    const answers = await Promise.all(Array.from({ length: 60 }, call));
    expect(performance.now() - startedMs, 'nobody waits for the lock').toBeLessThan(10_000);
    for (const answer of answers) expect(answer).toMatchObject({ kind: 'failed', status: 503 });
    const reasons = new Set(answers.flatMap((answer) => answer.reasons));
    expect(reasons).toEqual(new Set(['record_unavailable', 'overloaded']));
    expect(upstream.calls).toHaveLength(1);
    expect(await gateway.readiness()).toBe(503);
    expect((await fetch(`${gateway.url}/healthz`)).status, 'it is alive all the same').toBe(200);

    other.exec('ROLLBACK');
    await gateway.whenReady();
    // What waited is written first: for a moment there may be no room for more.
    await until('calls are done again', async () => (await call()).kind === 'done');
    await gateway.stop();
    expectPromisesKept(readRecord(gateway.record), upstream, told);
    expect(upstream.calls).toHaveLength(2);
    await expectChainHolds(gateway.record);
  });

  test('for less than that only makes calls wait', async () => {
    verifies('matrix-10');
    await using desk = await openDesk(upstream, { configuration: { record: { write_timeout_ms: 30_000 } } });
    const { gateway, told, call } = desk;
    upstream.witness = witnessOf(gateway.record);
    using other = new DatabaseSync(gateway.record);
    other.exec('BEGIN IMMEDIATE');
    const waiting = Array.from({ length: 20 }, call);
    const first = await Promise.race([Promise.any(waiting), delay(1_000, 'still waiting')]);
    expect(first).toBe('still waiting');
    expect(upstream.calls).toEqual([]);
    other.exec('ROLLBACK');
    for (const answer of await Promise.all(waiting)) expect(answer.kind).toBe('done');
    await gateway.stop();
    expectPromisesKept(readRecord(gateway.record), upstream, told);
    expect(upstream.calls).toHaveLength(20);
  });
});

describe('a store of another gateway', () => {
  test('is refused, naming who holds it, and that one goes on', async () => {
    verifies('matrix-18');
    await using desk = await openDesk(upstream);
    const { gateway } = desk;
    const said = await refusalToStart({ upstream: upstream.url, folder: gateway.folder });
    expect(said).toMatch(new RegExp(`ended with 2: .*in use by process ${gateway.pid}`, 's'));
    expect((await desk.call()).kind).toBe('done');
  });
});

describe.each(FRONTS)('a log of calls over %s that was changed while no gateway ran', (front) => {
  test.each([
    ['cut', 'DELETE FROM log WHERE seq = (SELECT max(seq) FROM log)'],
    ['altered', `UPDATE log SET document = replace(document, '"ida"', '"eva"') WHERE seq = 1`],
  ])('because it was %s, keeps the gateway from starting, for its clients too', async (_what, sql) => {
    verifies('matrix-17', 'chain');
    await using folder = await temporaryFolder();
    {
      await using desk = await openDeskAt(front, upstream, { folder: folder.path });
      for (let time = 0; time < 3; time += 1) expect((await desk.call()).kind).toBe('done');
      await desk.gateway.stop();
      using database = new DatabaseSync(desk.gateway.record);
      database.exec(sql);
    }
    expect(await refusalToStart({ upstream: upstream.url, folder: folder.path })).toMatch(
      /ended with 2: .*record is damaged: .*bailiff verify/s,
    );
    if (front === 'http') return;
    await using client = stdioTo({ folder: folder.path });
    const answer = await client.open();
    expect(answer.error?.data?.failure).toBe('not_ready');
    expect(client.complained).toMatch(/record is damaged: .*bailiff verify/s);
  });
});
