/**
 * Loaded before a gateway that is measured: on SIGUSR2 it writes for how long the event loop was held up at most since the last
 * time, and begins anew. `LOOP_DELAY_FILE` names the file.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** Between two looks at the clock, which are no delay. */
const RESOLUTION_MS = 2;

const file = process.env.LOOP_DELAY_FILE;
if (isMainThread && file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  process.on('SIGUSR2', () => {
    const milliseconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    const seen = { longest: milliseconds(delay.max), p99: milliseconds(delay.percentile(99)) };
    delay.reset();
    writeFileSync(`${file}.draft`, JSON.stringify(seen));
    renameSync(`${file}.draft`, file);
  });
}
