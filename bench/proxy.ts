/**
 * `tools/call` through the gateway beside a bare proxy, a proxy that asks OPA, and `mcp-proxy` from npm: added latency at one
 * call at a time, CPU per call at sixteen, interleaved in one run. `--rounds N --calls N --load N --warmup N`.
 */
import { parseArgs } from 'node:util';
import { Connection, callOf, latencies, load, percentile, type Target } from './driver.ts';
import { median, printTable, ratio } from './report.ts';
import { measuredCall, openBench } from './targets.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    calls: { type: 'string', default: '200' },
    load: { type: 'string', default: '3000' },
    warmup: { type: 'string', default: '8000' },
  },
});
const rounds = Number(values.rounds);
const calls = Number(values.calls);
const loadCalls = Number(values.load);
const CONCURRENCY = 16;
/** Until the machine code of every target has settled: a gateway has much more of it than a pipe. */
const WARM_UP_CALLS = Number(values.warmup);

interface Measured {
  readonly target: Target;
  /** Microseconds, of all rounds. */
  readonly latencies: number[];
  /** Median latency of each round, for pairing with the others of the same round. */
  readonly medians: number[];
  readonly cpu: number[];
  readonly perSecond: number[];
}

await using bench = await openBench();
for (const name of bench.skipped) process.stdout.write(`skipped: ${name}\n`);
const all = bench.targets.map(
  (target): Measured => ({ target, latencies: [], medians: [], cpu: [], perSecond: [] }),
);
for (const { target } of all) {
  await load(target, (index) => callOf(target, measuredCall(index)), {
    concurrency: CONCURRENCY,
    count: WARM_UP_CALLS,
  });
}
for (let round = 0; round < rounds; round += 1) {
  for (const one of all) {
    const taken = await measureLatency(one.target, calls);
    one.latencies.push(...taken);
    one.medians.push(median(taken));
  }
}
for (let round = 0; round < 3; round += 1) {
  for (const one of all) {
    const { cpuMicroseconds, callsPerSecond } = await load(
      one.target,
      (index) => callOf(one.target, measuredCall(index)),
      {
        concurrency: CONCURRENCY,
        count: loadCalls,
      },
    );
    one.cpu.push(cpuMicroseconds);
    one.perSecond.push(callsPerSecond);
  }
}

const named = (name: string): Measured => {
  const found = all.find(({ target }) => target.name === name);
  if (found === undefined) throw new Error(`there is no target ${name}`);
  return found;
};
const direct = named('direct');
/** Median over the rounds of what a target adds to the direct call of the same round. */
const added = ({ medians }: Measured): number =>
  median(medians.map((value, round) => value - (direct.medians[round] ?? Number.NaN)));

printTable(
  [
    'tools/call, 1.5 KB',
    'p50 us',
    'p99 us',
    'added p50 us',
    `CPU us a call, c=${CONCURRENCY}`,
    `calls/s, c=${CONCURRENCY}`,
  ],
  all.map((one) => [
    one.target.name,
    percentile(one.latencies, 0.5).toFixed(0),
    percentile(one.latencies, 0.99).toFixed(0),
    added(one).toFixed(0),
    median(one.cpu).toFixed(0),
    median(one.perSecond).toFixed(0),
  ]),
);

const pipe = named('node-pipe');
const naive = named('node-pipe + one OPA call');
for (const mode of ['strict', 'buffered']) {
  const trivial = named(`gateway, trivial decision, ${mode}`);
  const sidecar = named(`gateway, sidecar, ${mode}`);
  ratio(`gateway_trivial_${mode}_added_p50_vs_node_pipe`, added(trivial) / added(pipe));
  ratio(`gateway_trivial_${mode}_cpu_vs_node_pipe`, median(trivial.cpu) / median(pipe.cpu));
  const newer = named(`gateway, sidecar, ${mode}, 2026-07-28`);
  ratio(`gateway_2026_07_28_${mode}_added_p50_vs_node_pipe_opa`, added(newer) / added(naive));
  ratio(`gateway_2026_07_28_${mode}_cpu_vs_node_pipe_opa`, median(newer.cpu) / median(naive.cpu));
  ratio(`gateway_2026_07_28_${mode}_cpu_vs_2025_11_25`, median(newer.cpu) / median(sidecar.cpu));
  ratio(`gateway_sidecar_${mode}_added_p50_vs_node_pipe_opa`, added(sidecar) / added(naive));
  ratio(`gateway_sidecar_${mode}_cpu_vs_node_pipe_opa`, median(sidecar.cpu) / median(naive.cpu));
}

async function measureLatency(target: Target, count: number): Promise<number[]> {
  using connection = await Connection.open(target.port);
  return await latencies(connection, callOf(target, measuredCall(1)), count); // awaited here, or the connection would be gone
}
