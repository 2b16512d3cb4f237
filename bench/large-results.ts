/**
 * Results of 10 MB and a stream of 1,000 events through the gateway beside a bare proxy, in both revisions: CPU per call,
 * interleaved in one run; and the memory that large results for slow clients take. `--rounds N --calls N --slow N`.
 */
import { parseArgs } from 'node:util';
import { assertAnswered, Connection, callOf, cpuSeconds, type Target } from './driver.ts';
import { LARGE_KINDS, largeResult } from './large-kinds.ts';
import { openLargeBench } from './large-targets.ts';
import { median, printTable, ratio } from './report.ts';
import { residentMib, takeSlowly } from './slow-clients.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    calls: { type: 'string', default: '12' },
    slow: { type: 'string', default: '40' },
    only: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const calls = Number(values.calls);
const WARM_UP_ROUNDS = 2;
const PIPE = 'node-pipe';

const { only } = values;
const WORKLOADS = [...LARGE_KINDS, 'stream' as const].filter((one) => only === undefined || one === only);
type Workload = (typeof WORKLOADS)[number];

await using bench = await openLargeBench();
const { targets } = bench;
const cpu = new Map<string, number[]>();
for (const workload of WORKLOADS) {
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    for (const target of targets) {
      const taken = await cpuOf(target, workload);
      if (round < 0) continue;
      const key = `${target.name} ${workload}`;
      cpu.set(key, [...(cpu.get(key) ?? []), taken]);
    }
  }
}
const cpuMs = (target: Pick<Target, 'name'>, workload: Workload): number =>
  median(cpu.get(`${target.name} ${workload}`) ?? []) * 1_000;

printTable(
  ['tools/call, CPU ms a call', ...WORKLOADS],
  targets.map((target) => [target.name, ...WORKLOADS.map((workload) => cpuMs(target, workload).toFixed(1))]),
);
for (const target of targets.filter(({ name }) => name !== PIPE && name !== 'direct')) {
  const name = target.name.replaceAll(/\W+/g, '_');
  for (const workload of WORKLOADS) {
    ratio(`${name}_${workload}_cpu_vs_node_pipe`, cpuMs(target, workload) / cpuMs({ name: PIPE }, workload));
  }
}

if (only === undefined || only === 'memory') await measureMemory();

/** Seconds of CPU that one call takes of all the target’s processes. */
async function cpuOf(target: Target, workload: Workload): Promise<number> {
  using connection = await Connection.open(target.port);
  const before = cpuSeconds(target.pids());
  // A stream is cheaper than a large result, and CPU is counted in hundredths of a second.
  const count = workload === 'stream' ? calls * 4 : calls;
  for (let call = 0; call < count; call += 1) {
    const answer = await connection.send(
      callOf(target, { id: call, name: 'echo', arguments: { answer: workload }, wantsProgress: true }),
    );
    assertAnswered(answer);
    assertComplete(answer.body, workload);
  }
  return (cpuSeconds(target.pids()) - before) / count;
}

/** What was changed or cut off on its way would be measured as quick. */
function assertComplete(body: Buffer, workload: Workload): void {
  if (workload === 'stream') {
    const events = body.toString('utf8').split('"notifications/progress"').length - 1;
    if (events !== 1_000) throw new Error(`the stream held ${events} events`);
    return;
  }
  // Clients of 2026-07-28 are told the kind of the result in front of all else.
  const members = largeResult(workload).subarray(1);
  const end = body.subarray(body.byteLength - members.byteLength - 1, -1);
  if (!end.equals(members))
    throw new Error(`the result is not as the server wrote it: ${body.subarray(-200)}`);
}

/** Resident memory of the target’s own process, with clients that take their answers a little at a time. */
async function measureMemory(): Promise<void> {
  const rows: string[][] = [];
  for (const target of targets.filter(({ name }) => name !== 'direct')) {
    const [pid = 0] = target.pids();
    const before = residentMib(pid);
    const half = Number(values.slow) / 2;
    const first = await takeSlowly(target, half);
    const second = await takeSlowly(target, half);
    rows.push(
      [target.name, before, first.peakMib, first.afterMib, second.peakMib, second.afterMib].map(shown),
    );
    ratio(
      `${target.name.replaceAll(/\W+/g, '_')}_memory_second_half_vs_first`,
      second.peakMib / first.peakMib,
    );
  }
  printTable(
    [
      `${values.slow} results of 10 MB, slow clients, MiB`,
      'before',
      'peak',
      'after half',
      'peak',
      'after all',
    ],
    rows,
  );
}

function shown(cell: string | number): string {
  return typeof cell === 'string' ? cell : cell.toFixed(0);
}
