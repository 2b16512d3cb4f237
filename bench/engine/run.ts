/**
 * The embedded engine beside a policy written by hand, OPA’s WebAssembly, OPA as a Go library and OPA as a sidecar, on four policy
 * sets. Ratios are medians of paired rounds. `--set NAME` (may be repeated), `--rounds N`, `--slice MS`, `--evaluations N` over
 * which the memory is watched. `BENCH_PROFILE=FOLDER` leaves a profile of the embedded engine there.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { opaPath } from '../../packages/gateway/src/commands/places.ts';
import { ratio } from '../report.ts';
import type { Contender } from './contenders/contender.ts';
import { NAMES, startContenders } from './contenders/start-contenders.ts';
import { tellSet } from './figures.ts';
import { type Measured, measure } from './rounds.ts';
import { assertSameAnswers } from './same-answers.ts';
import { companySet, librarySet } from './sets/company.ts';
import { type PolicySet, type SetName, writeSet } from './sets/policy-set.ts';
import { smallSet } from './sets/small.ts';
import { wideSet } from './sets/wide.ts';

const { values } = parseArgs({
  options: {
    set: { type: 'string', multiple: true, default: ['small', 'company', 'library', 'wide'] },
    rounds: { type: 'string', default: '12' },
    slice: { type: 'string', default: '100' },
    evaluations: { type: 'string', default: '50000' },
  },
});
const WARM_UP_MS = 1_500;
const LOAD_GOAL_MS = 1_000;

const SETS: Readonly<
  Record<SetName, (place: { readonly folder: string; readonly opa: string }) => Promise<PolicySet>>
> = { small: smallSet, company: companySet, library: librarySet, wide: wideSet };

await using stack = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), 'bailiff-bench-engine-'));
stack.defer(() => rm(folder, { recursive: true, force: true }));
const opa = opaPath();
for (const name of Object.keys(SETS) as SetName[]) if (values.set.includes(name)) await benchSet(name);

async function benchSet(name: SetName): Promise<void> {
  const place = join(folder, name);
  const set = await SETS[name]({ folder: join(folder, `${name}-built`), opa });
  await writeSet(set, place, opa);
  await using started = await startContenders(name, place);
  const { contenders, skipped } = started;
  for (const why of skipped) process.stdout.write(`skipped ${why}\n`);
  const reference = contenders.find((one) => one.name === NAMES.sidecar);
  const embedded = contenders.find((one) => one.name === NAMES.embedded);
  if (reference === undefined || embedded === undefined) throw new Error('There is nothing to compare.');
  const different = await assertSameAnswers(reference, contenders);
  const pace = { rounds: Number(values.rounds), sliceMs: Number(values.slice), warmUpMs: WARM_UP_MS };
  const measured: ReadonlyMap<string, Measured> = await measure(contenders, pace);
  tellSet(set, { measured, different });
  if (name === 'company') await tellMemory(embedded);
  if (name === 'wide') await tellLoading(embedded);
}

async function tellMemory(embedded: Contender): Promise<void> {
  const evaluations = Number(values.evaluations);
  const { used } = await embedded.ask({ kind: 'memory', milliseconds: 0, concurrency: 1, evaluations });
  const bytes = used as readonly number[];
  // The first look is before anything was evaluated since the last collection; from the second on it has to stay.
  const [second = Number.NaN, last = Number.NaN] = [bytes[1], bytes.at(-1)];
  process.stdout.write(
    `\nHeap in use after each tenth of ${evaluations} evaluations, MB: ${bytes.map((one) => (one / 1e6).toFixed(1)).join(' ')}\n`,
  );
  ratio('memory_last_vs_first_tenth', last / second);
}

async function tellLoading(embedded: Contender): Promise<void> {
  const { milliseconds, characters } = await embedded.ask({
    kind: 'load_data',
    milliseconds: 0,
    concurrency: 1,
  });
  const [taken, size] = [Number(milliseconds), Number(characters)];
  process.stdout.write(
    `\nA data document of ${(size / 1e6).toFixed(1)} MB loads in ${taken.toFixed(0)} ms.\n`,
  );
  ratio('data_10mb_load_vs_1s', (taken * (10e6 / size)) / LOAD_GOAL_MS);
}
