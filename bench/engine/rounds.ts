import { median } from '../report.ts';
import type { Contender, Latencies } from './contenders/contender.ts';

/** How long is measured. */
export interface Pace {
  readonly rounds: number;
  /** Milliseconds that each engine has in each round, once for latencies and once for load. */
  readonly sliceMs: number;
  readonly warmUpMs: number;
}

/** What was measured of one engine, round by round. */
export interface Measured {
  readonly latencies: readonly Latencies[];
  /** Processor time of all its processes for one decision under load, in microseconds. */
  readonly cpuMicroseconds: number;
}

/** Decisions under way at once while load is measured, for engines that can. */
const CONCURRENCY = 16;

/** Measures engines in turn, round after round, so that whatever else the machine does meets all of them. */
export async function measure(
  contenders: readonly Contender[],
  { rounds, sliceMs, warmUpMs }: Pace,
): Promise<ReadonlyMap<string, Measured>> {
  const figures = new Map(
    contenders.map(({ name }) => [name, { latencies: [] as Latencies[], count: 0, cpuSeconds: 0 }]),
  );
  for (const contender of contenders) await contender.latencies(warmUpMs);
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) {
      const own = figures.get(contender.name);
      if (own === undefined) continue;
      own.latencies.push(await contender.latencies(sliceMs));
      const load = await contender.load(sliceMs, CONCURRENCY);
      own.count += load.count;
      own.cpuSeconds += load.cpuSeconds;
    }
  }
  return new Map(
    [...figures].map(([name, { latencies, count, cpuSeconds }]) => [
      name,
      { latencies, cpuMicroseconds: (cpuSeconds / count) * 1e6 },
    ]),
  );
}

/** The median of what one engine's rounds are to another's. */
export function paired(upper: Measured, lower: Measured): number {
  return median(upper.latencies.map(({ p50 }, round) => p50 / (lower.latencies[round]?.p50 ?? Number.NaN)));
}
