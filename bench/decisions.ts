/**
 * Context, decision and durable record of one call, as a client of the decision API sees them: with OPA beside the gateway, strict
 * record, and HTTP on top. `--calls N`.
 */
import { parseArgs } from 'node:util';
import { Connection, percentile, requestOf } from './driver.ts';
import { printTable, ratio } from './report.ts';
import { openBench } from './targets.ts';

const { values } = parseArgs({ options: { calls: { type: 'string', default: '2000' } } });
const calls = Number(values.calls);
const GOAL_MS = 50;

await using bench = await openBench();
const gateway = bench.targets.find(({ name }) => name === 'gateway, sidecar, strict');
if (gateway === undefined) throw new Error('there is no gateway to measure');
const body = JSON.stringify({
  action: { type: 'tool_call', tool: 'everything.echo', args: { message: 'x'.repeat(1_400) } },
});
const request = requestOf({ ...gateway, path: '/v1/decisions' }, body);

await measure(1, 200);
const rows: string[][] = [];
for (const concurrency of [1, 4, 16]) {
  const taken = await measure(concurrency, calls);
  const share = taken.filter((microseconds) => microseconds < GOAL_MS * 1_000).length / taken.length;
  rows.push([
    `c=${concurrency}`,
    percentile(taken, 0.5).toFixed(0),
    percentile(taken, 0.99).toFixed(0),
    `${(share * 100).toFixed(2)} %`,
  ]);
  ratio(`decision_p99_vs_50ms_c${concurrency}`, percentile(taken, 0.99) / (GOAL_MS * 1_000));
}
printTable(['context + decision + durable record', 'p50 us', 'p99 us', `under ${GOAL_MS} ms`], rows);

/** Microseconds of each call. */
async function measure(concurrency: number, count: number): Promise<number[]> {
  const taken: number[] = [];
  let left = count;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      using connection = await Connection.open(gateway?.port ?? 0);
      while (left > 0) {
        left -= 1;
        const began = performance.now();
        const { body: answer } = await connection.send(request);
        taken.push((performance.now() - began) * 1_000);
        if (!answer.includes('"outcome":"allow"'))
          throw new Error(`not an allow: ${answer.subarray(0, 600)}`);
      }
    }),
  );
  return taken;
}
