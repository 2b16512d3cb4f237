/**
 * A process that fills the disk below its store, asks for appends, frees the disk, and goes on. Run with a folder on
 * a disk of a few megabytes; prints as JSON what happened.
 */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '@bailiff/contract';
import { sampleDecision } from '../../../record/testing/sample-entries.ts';
import { openSqliteLog } from '../log/decision-log.ts';
import { openSqliteReader } from '../reader/decision-reader.ts';

const NEVER = new AbortController().signal;
const APPENDS_MAX = 2_000;

const [folder = ''] = process.argv.slice(2);
const file = join(folder, 'decisions.db');
const filler = join(folder, 'filler');
const changes: boolean[] = [];
await using log = await openSqliteLog({
  file,
  buffer_ms: 20,
  queue_max: 10_000,
  write_timeout_ms: 2_000,
  onStatus: ({ writable }) => changes.push(writable),
});
const acknowledged: string[] = [];

async function append(id: string): Promise<Failure | undefined> {
  try {
    await log.append(sampleDecision({ id }), { durable: true }, NEVER);
    acknowledged.push(id);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
}

function fillDisk(): void {
  const handle = openSync(filler, 'w');
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

await append('before');
fillDisk();
let refusal: Failure | undefined;
for (let number = 0; number < APPENDS_MAX && refusal === undefined; number += 1)
  refusal = await append(`full-${number}`);
const whileFull = log.status();
const startedMs = performance.now();
const next = await append('still-full');
const nextMs = performance.now() - startedMs;
rmSync(filler);
while (!log.status().writable) await delay(20);
const after = await append('after');

await using reader = await openSqliteReader({ file, catchUp: () => log.catchUp() });
const missing: string[] = [];
for (const id of [...acknowledged, 'still-full'])
  if ((await reader.find(id, NEVER)).length !== 1) missing.push(id);
const told = (failure: Failure | undefined) =>
  failure === undefined ? null : { code: failure.code, detail: failure.detail };
const report = {
  refusal: told(refusal),
  whileFull,
  changes,
  next: told(next),
  nextMs,
  after: told(after),
  missing,
  verification: await reader.verify(() => {}, NEVER),
};
process.stdout.write(`${JSON.stringify(report)}\n`);
