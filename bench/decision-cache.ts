/**
 * What keeping answers costs and saves, with the embedded engine and with OPA: a hit, a miss, and mixes of calls as they come.
 * CPU is of this process and of OPA together. `--rounds N`.
 */
import { parseArgs } from 'node:util';
import type { Release } from '@bailiff/contract';
import { exampleRelease } from '../conformance/example-company.ts';
import { CachedEngine } from '../packages/gateway/src/decision/cache/cached-engine.ts';
import { EmbeddedEngine } from '../packages/gateway/src/decision/embedded/embedded-engine.ts';
import type { Engine, Releases } from '../packages/gateway/src/decision/engine.ts';
import { runOpa } from '../packages/gateway/src/decision/testing/decider.ts';
import { companyCalls, MIXES, type Mix } from './decision-mixes.ts';
import { cpuSeconds, percentile, processTree } from './driver.ts';
import { median, printTable, ratio } from './report.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '40' } } });
const ROUNDS = Number(values.rounds);
/** Calls of one variant before the next has its turn: enough for the ticks of 10 ms in which OPA's CPU is told. */
const BATCH = 100;

const release = await exampleRelease();
const releases: Releases = { current: () => release, accepts: () => release };
await using opa = await runOpa(release.bundle);
const embedded = await embeddedEngine(release);
const calls = companyCalls(release);

for (const [name, engine] of [
  ['embedded', embedded],
  ['sidecar', opa.sidecar],
] as const) {
  const hits = cached(engine);
  const repeated = calls.next('asked_afresh', 1).texts[0] ?? '';
  let fresh = 0;
  const unseen = () => repeated.replace('"args":{', `"args":{"nonce":${fresh++},`);
  await interleave(name, [
    { variant: 'plain', engineOf: () => engine, textOf: unseen },
    { variant: 'hit', engineOf: () => hits, textOf: () => repeated },
    // A new one each time, since one that finds nothing stops looking.
    { variant: 'miss', engineOf: () => cached(engine), textOf: unseen },
  ]);
  for (const mix of MIXES) await compareMix(name, engine, mix);
}

interface Variant {
  readonly variant: string;
  readonly engineOf: () => Engine;
  readonly textOf: () => string;
}

/** Runs the variants by turns, so that what else the machine does falls on all of them; whoever follows whom, as it falls. */
async function interleave(engineName: string, variants: readonly Variant[]): Promise<void> {
  const measured = variants.map((variant) => ({ ...variant, taken: [] as number[], cpu: [] as number[] }));
  for (let round = -5; round < ROUNDS; round++) {
    for (const { engineOf, textOf, taken, cpu } of shuffled(measured)) {
      const texts = Array.from({ length: BATCH }, textOf);
      const { microseconds, cpuMicroseconds } = await run(engineOf(), texts);
      if (round < 0) continue; // To warm up.
      taken.push(...microseconds);
      cpu.push(cpuMicroseconds / BATCH);
    }
  }
  printTable(
    [engineName, 'p50 us', 'p99 us', 'CPU us'],
    measured.map(({ variant, taken, cpu }) => [
      variant,
      percentile(taken, 0.5).toFixed(1),
      percentile(taken, 0.99).toFixed(1),
      mean(cpu).toFixed(1),
    ]),
  );
  const [plain, hit, miss] = measured;
  if (plain === undefined || hit === undefined || miss === undefined) return;
  const p50 = ({ taken }: { readonly taken: readonly number[] }) => percentile(taken, 0.5);
  ratio(`cache_hit_vs_${engineName}_p50`, p50(hit) / p50(plain));
  ratio(`cache_hit_vs_${engineName}_cpu`, mean(hit.cpu) / mean(plain.cpu));
  ratio(`cache_miss_vs_${engineName}_p50`, p50(miss) / p50(plain));
  ratio(`cache_miss_vs_${engineName}_cpu`, mean(miss.cpu) / mean(plain.cpu));
}

/** The same calls with a cache and without, by turns of a batch. */
async function compareMix(engineName: string, engine: Engine, mix: Mix): Promise<void> {
  const around = cached(engine);
  const cpu = { plain: [] as number[], cached: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    const { texts } = calls.next(mix, BATCH);
    for (const [asked, taken] of shuffled([
      [engine, cpu.plain],
      [around, cpu.cached],
    ] as const))
      taken.push((await run(asked, texts)).cpuMicroseconds / BATCH);
  }
  const { hits = 0, misses = 0, passed = 0 } = around.status().cache ?? {};
  ratio(`cache_hits_${mix}_${engineName}`, hits / (hits + misses + passed));
  ratio(`cache_cpu_${mix}_${engineName}`, mean(cpu.cached) / mean(cpu.plain));
  ratio(`cache_cpu_median_${mix}_${engineName}`, median(cpu.cached) / median(cpu.plain));
}

async function run(engine: Engine, texts: readonly string[]) {
  const signal = new AbortController().signal;
  const pids = processTree(opa.sidecar.pid ?? 0);
  const before = process.cpuUsage();
  const ofOpa = engine === embedded ? 0 : cpuSeconds(pids);
  const microseconds: number[] = [];
  for (const text of texts) {
    const began = performance.now();
    const { kind } = await engine.evaluate('bailiff/decision_and_watched', text, signal);
    microseconds.push((performance.now() - began) * 1_000);
    if (kind !== 'result') throw new Error(`no answer but ${kind}`);
  }
  const { user, system } = process.cpuUsage(before);
  const beside = ofOpa === 0 ? 0 : (cpuSeconds(pids) - ofOpa) * 1e6;
  return { microseconds, cpuMicroseconds: user + system + beside };
}

function cached(engine: Engine): CachedEngine {
  return new CachedEngine({
    engine,
    releases,
    keepsOf: new Set(['sidecar', 'embedded']),
    entriesMax: 10_000,
  });
}

async function embeddedEngine(prepared: Release): Promise<Engine> {
  const engine = new EmbeddedEngine();
  await engine.prepare(prepared);
  return {
    evaluate: (entrypoint, inputText, signal) =>
      engine.evaluate({ release: prepared, entrypoint, inputText }, signal),
    status: () => ({ ready: true, detail: '', revision: prepared.policyVersion }),
    async [Symbol.asyncDispose]() {},
  };
}

function shuffled<Value>(values: readonly Value[]): Value[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}
