import { median, printTable, ratio } from '../report.ts';
import { NAMES } from './contenders/start-contenders.ts';
import { type Measured, paired } from './rounds.ts';
import type { PolicySet } from './sets/policy-set.ts';

interface Comparison {
  /** The end of the ratio’s name. */
  readonly name: string;
  readonly other: string;
  readonly goal: number;
  readonly direction: 'other / embedded' | 'embedded / other';
}

const GOALS: readonly Comparison[] = [
  { name: 'sidecar', other: NAMES.sidecar, goal: 20, direction: 'other / embedded' },
  { name: 'library', other: NAMES.library, goal: 10, direction: 'other / embedded' },
  { name: 'wasm', other: NAMES.wasm, goal: 5, direction: 'other / embedded' },
  { name: 'handwritten', other: NAMES.handwritten, goal: 3, direction: 'embedded / other' },
];

/** Prints what was measured of a policy set: a table of engines, one of ratios beside the goals, and the ratios for machines. */
export function tellSet(
  { name, title, inputs }: PolicySet,
  { measured, different }: { readonly measured: ReadonlyMap<string, Measured>; readonly different: number },
): void {
  process.stdout.write(
    `\n${name}: ${title}; ${inputs.length} inputs with ${different} different answers, equal from all engines\n`,
  );
  const rows = [...measured].map(([engine, { latencies, cpuMicroseconds }]) => [
    engine,
    median(latencies.map(({ p50 }) => p50)).toFixed(1),
    median(latencies.map(({ p99 }) => p99)).toFixed(1),
    cpuMicroseconds.toFixed(1),
    (1e6 / cpuMicroseconds).toFixed(0),
  ]);
  printTable(
    ['engine', 'p50 us, c=1', 'p99 us, c=1', 'CPU us per decision', 'decisions per core-second'],
    rows,
  );
  tellRatios(name, measured);
}

function tellRatios(set: string, measured: ReadonlyMap<string, Measured>): void {
  const embedded = measured.get(NAMES.embedded);
  if (embedded === undefined) return;
  const rows: string[][] = [];
  const lines: [string, number][] = [];
  for (const { name, other, goal, direction } of GOALS) {
    const measuredOther = measured.get(other);
    if (measuredOther === undefined) continue;
    const isLarger = direction === 'other / embedded';
    const [upper, lower] = isLarger ? [measuredOther, embedded] : [embedded, measuredOther];
    const p50 = paired(upper, lower);
    const cpu = upper.cpuMicroseconds / lower.cpuMicroseconds;
    const isMet = isLarger ? p50 >= goal : p50 <= goal;
    const wanted = `${isLarger ? '>=' : '<='} ${goal}`;
    const read = isLarger ? `${name} / embedded, larger is better` : `embedded / ${name}, smaller is better`;
    rows.push([read, p50.toFixed(2), cpu.toFixed(2), wanted, isMet ? 'met' : 'missed']);
    lines.push([`embedded_vs_${name}_p50_${set}`, p50], [`embedded_vs_${name}_per_core_${set}`, cpu]);
    if (set === 'company')
      lines.push([`embedded_vs_${name}_p50`, p50], [`embedded_vs_${name}_per_core`, cpu]);
  }
  const objects = [NAMES.embeddedObjects, NAMES.handwrittenObjects].map((name) => measured.get(name));
  if (objects[0] !== undefined && objects[1] !== undefined)
    lines.push([`embedded_vs_handwritten_objects_p50_${set}`, paired(objects[0], objects[1])]);
  process.stdout.write('\n');
  printTable(['ratio (embedded from text to text)', 'p50', 'throughput per core', 'goal of p50', ''], rows);
  for (const [name, value] of lines) ratio(name, value);
}
