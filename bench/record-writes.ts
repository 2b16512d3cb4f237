/**
 * What a record costs: waiting for the disk or for the buffer, CPU in all threads and on the thread that decides,
 * beside a bare fsync. A record is a decision and its outcome. `--records N --seconds N --folder DIR`.
 */
import { closeSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { sampleDecision, sampleOutcome } from '../packages/gateway/src/record/testing/sample-entries.ts';
import {
  openSqliteLog,
  type SqliteDecisionLog,
} from '../packages/gateway/src/stores/sqlite/log/decision-log.ts';
import { percentile } from './driver.ts';
import { printTable, ratio } from './report.ts';

const NEVER = new AbortController().signal;
const STRICT_P99_GOAL_MS = 30;
const MAIN_THREAD_GOAL_US = 15;
const PACE_PER_SECOND = 2_000;
const TICK_MS = 5;
const LIMITS = { buffer_ms: 50, queue_max: 100_000, write_timeout_ms: 10_000 };

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '10' },
    folder: { type: 'string' },
  },
});
const records = Number(values.records);
const seconds = Number(values.seconds);
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'record-writes-'));
mkdirSync(folder, { recursive: true });

interface Measured {
  /** From asking for the decision to be recorded until it is, in milliseconds. */
  readonly waitedMs: number[];
  /** User and system time of the process and all its threads for one record, indexing included, in microseconds. */
  readonly cpuUs: number;
  /** Time the asking thread was held up by one record, in microseconds. */
  readonly heldUpUs: number;
  readonly perSecond: number;
}

let stores = 0;
/** Records made beforehand, so that making them up is not measured. */
const madeUp = (count: number) =>
  Array.from({ length: count }, (_, number) => {
    const id = `01K${String(number).padStart(23, '0')}`;
    const args = { id: number, note: `refund order ${number} of customer ${number % 977}` };
    return {
      decision: sampleDecision({ id, agent: `agent-${number % 23}`, conversation: `c-${number >> 4}`, args }),
      outcome: sampleOutcome(id),
    };
  });

async function measured(
  count: number,
  durable: boolean,
  run: (record: (number: number) => Promise<void>) => Promise<void>,
): Promise<Measured> {
  const file = join(folder, `${stores++}.db`);
  const made = madeUp(count);
  await using log: SqliteDecisionLog = await openSqliteLog({ file, ...LIMITS });
  const waitedMs: number[] = [];
  let heldUpMs = 0;
  const append = (entry: Parameters<SqliteDecisionLog['append']>[0], durably: boolean) => {
    const startedMs = performance.now();
    const appended = log.append(entry, { durable: durably }, NEVER);
    heldUpMs += performance.now() - startedMs;
    return appended;
  };
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  await run(async (number) => {
    const record = made[number];
    if (record === undefined) return;
    const askedMs = performance.now();
    await append(record.decision, durable);
    waitedMs.push(performance.now() - askedMs);
    await append(record.outcome, false);
  });
  const tookMs = performance.now() - startedMs;
  await log.append(sampleOutcome('last'), { durable: true }, NEVER); // all before it are written then
  await log.catchUp();
  const used = process.cpuUsage(cpu);
  return {
    waitedMs,
    cpuUs: (used.user + used.system) / count,
    heldUpUs: (heldUpMs * 1_000) / count,
    perSecond: (count / tookMs) * 1_000,
  };
}

/** Each of `concurrency` callers asks again as soon as it has its record. */
const closedLoop =
  (concurrency: number, count: number) => async (record: (number: number) => Promise<void>) => {
    let next = 0;
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (next < count) await record(next++);
      }),
    );
  };

/** Records are asked for at a pace, whether or not those before are stored. */
const paced = (perSecond: number, count: number) => async (record: (number: number) => Promise<void>) => {
  const startedMs = performance.now();
  const asked: Promise<void>[] = [];
  while (asked.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - startedMs) / 1_000) * perSecond));
    while (asked.length < due) asked.push(record(asked.length));
    await delay(TICK_MS);
  }
  await Promise.all(asked);
};

function bareFsync(): number[] {
  const handle = openSync(join(folder, 'fsync'), 'w');
  const line = Buffer.alloc(3_000, 1);
  const taken = Array.from({ length: 200 }, () => {
    const startedMs = performance.now();
    writeSync(handle, line);
    fdatasyncSync(handle);
    return performance.now() - startedMs;
  });
  closeSync(handle);
  return taken;
}

const fsync = bareFsync();
await measured(2_000, true, closedLoop(16, 2_000)); // warm
const serial = Math.min(records, 1_000);
const pacedRecords = PACE_PER_SECOND * seconds;
const cases = {
  'strict, one at a time': await measured(serial, true, closedLoop(1, serial)),
  'strict, 16 at a time': await measured(records, true, closedLoop(16, records)),
  'strict, 64 at a time': await measured(records, true, closedLoop(64, records)),
  [`strict, ${PACE_PER_SECOND} a second`]: await measured(
    pacedRecords,
    true,
    paced(PACE_PER_SECOND, pacedRecords),
  ),
  'buffered, 16 at a time': await measured(records, false, closedLoop(16, records)),
  [`buffered, ${PACE_PER_SECOND} a second`]: await measured(
    pacedRecords,
    false,
    paced(PACE_PER_SECOND, pacedRecords),
  ),
};
printTable(
  ['record', 'wait p50 ms', 'wait p99 ms', 'records/s', 'CPU us a record', 'caller held up us'],
  [
    [
      'append 3 kB and fdatasync, alone',
      percentile(fsync, 0.5).toFixed(2),
      percentile(fsync, 0.99).toFixed(2),
      '',
      '',
      '',
    ],
    ...Object.entries(cases).map(([name, { waitedMs, cpuUs, heldUpUs, perSecond }]) => [
      name,
      percentile(waitedMs, 0.5).toFixed(2),
      percentile(waitedMs, 0.99).toFixed(2),
      perSecond.toFixed(0),
      cpuUs.toFixed(0),
      heldUpUs.toFixed(1),
    ]),
  ],
);
const strict = cases[`strict, ${PACE_PER_SECOND} a second`];
const buffered = cases[`buffered, ${PACE_PER_SECOND} a second`];
ratio(
  'record_strict_p99_at_2000_a_second_vs_30_ms',
  percentile(strict?.waitedMs ?? [], 0.99) / STRICT_P99_GOAL_MS,
);
ratio('record_buffered_caller_held_up_vs_15_us', (buffered?.heldUpUs ?? Number.NaN) / MAIN_THREAD_GOAL_US);
if (values.folder === undefined) rmSync(folder, { recursive: true });
