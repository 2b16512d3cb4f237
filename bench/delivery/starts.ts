import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Children, ROOT } from '../children.ts';
import { median, printTable, ratio } from '../report.ts';
import { cpuUsed } from './cpu-used.ts';
import { loadOfMachine } from './load-of-machine.ts';

/** The example company’s first start ever, and the next one with the same sources. */
export async function measureStarts(rounds: number): Promise<void> {
  const first: Start[] = [];
  const again: Start[] = [];
  for (let round = 0; round < Math.ceil(rounds / 2); round++) {
    const folder = await mkdtemp(join(tmpdir(), 'bailiff-bench-'));
    await cp(join(ROOT, 'examples/acme/policy'), join(folder, 'policy'), { recursive: true });
    await cp(join(ROOT, 'bench/delivery/acme.yaml'), join(folder, 'bailiff.yaml'));
    for (const starts of [first, again]) {
      const one = await started(folder);
      starts.push(one);
      const which = starts === first ? 'first' : 'again';
      process.stdout.write(`  ${which}: ${one.milliseconds.toFixed(0)} ms; ${loadOfMachine()}\n`);
    }
    await rm(folder, { recursive: true, force: true });
  }
  const row = (name: string, all: readonly Start[]) => [
    name,
    median(all.map(({ milliseconds }) => milliseconds)).toFixed(0),
    median(all.map(({ cpu }) => cpu)).toFixed(2),
  ];
  printTable(['start of the example company', 'ms', 'CPU s'], [row('first', first), row('again', again)]);
  const pairs = first.map(({ milliseconds }, index) => (again[index]?.milliseconds ?? 0) / milliseconds);
  ratio('start_again_vs_first', median(pairs));
}

interface Start {
  readonly milliseconds: number;
  /** Seconds of processor time of all its processes until it was ready. */
  readonly cpu: number;
}

async function started(folder: string): Promise<Start> {
  await using children = new Children(folder);
  const began = performance.now();
  const { pid } = await children.node(['bench/gateway.ts', '--config', join(folder, 'bailiff.yaml')]);
  return { milliseconds: performance.now() - began, cpu: cpuUsed(pid) };
}
