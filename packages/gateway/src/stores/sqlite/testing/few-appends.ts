/**
 * A process that appends thirty decisions durably, one after the other and each until it is stored, and prints their
 * ids as JSON.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { sampleDecision } from '../../../record/testing/sample-entries.ts';
import { openSqliteLog } from '../log/decision-log.ts';

const [file = ''] = process.argv.slice(2);
const acknowledged: string[] = [];
await using log = await openSqliteLog({ file, buffer_ms: 20, queue_max: 100, write_timeout_ms: 5_000 });
while (acknowledged.length < 30) {
  const id = `d-${acknowledged.length}`;
  try {
    await log.append(sampleDecision({ id }), { durable: true }, new AbortController().signal);
    acknowledged.push(id);
  } catch {
    await delay(20); // refused; the store recovers by itself
  }
}
process.stdout.write(JSON.stringify(acknowledged));
