/**
 * A process that appends decisions to a store until it is killed. Of each that was acknowledged it adds a line to the
 * file `<store>.acknowledged`, `decided <id> <ms>` and `closed <id>`, and says `writing` after the first. Run with
 * the store’s file, `durable` or `buffered`, a prefix for ids, and `buffer_ms`.
 */
import { openSync, writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { sampleDecision, sampleOutcome } from '../../../record/testing/sample-entries.ts';
import { openSqliteLog } from '../log/decision-log.ts';

const CONCURRENCY = 16;
const NEVER = new AbortController().signal;

const [file = '', mode = 'durable', prefix = '', bufferMs = '50'] = process.argv.slice(2);
const log = await openSqliteLog({
  file,
  buffer_ms: Number(bufferMs),
  queue_max: 10_000,
  write_timeout_ms: 10_000,
});
const acknowledged = openSync(`${file}.acknowledged`, 'a');
let appended = 0;

async function append(): Promise<never> {
  for (;;) {
    appended += 1;
    const number = appended;
    const id = `${prefix}-${number}`;
    await log.append(sampleDecision({ id }), { durable: mode === 'durable' }, NEVER);
    writeSync(acknowledged, `decided ${id} ${Date.now()}\n`);
    if (number === 1) process.stdout.write('writing\n');
    await turn();
    if (number % 7 === 0) continue; // its outcome never becomes known
    await log.append(sampleOutcome(id), { durable: false }, NEVER);
    writeSync(acknowledged, `closed ${id}\n`);
  }
}

await Promise.all(Array.from({ length: CONCURRENCY }, append));
