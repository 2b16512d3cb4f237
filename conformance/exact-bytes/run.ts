/**
 * Sends hostile messages through a gateway, and sees that what was decided about is what arrived, as every parser reads it.
 * `node conformance/exact-bytes/run.ts [--count N] [--seed S] [--eras session,stateless] [--lanes N]`. What goes wrong becomes a case
 * beside this file; cases are sent first.
 */
import { parseArgs } from 'node:util';
import { store, storedCases } from './cases.ts';
import { lineOf, seeded, shoot, shootEach, Tally } from './fuzz.ts';
import { ERAS, openRange, type Range } from './open-range.ts';

/** As many are sent before they are judged. */
const BATCH = 2_000;
/** As many are sent to one gateway: its record grows by some kilobytes with each. */
const ROUND = 100_000;
/** More mismatches than these say nothing new. */
const MISMATCHES_MAX = 50;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: 'exact bytes' },
    eras: { type: 'string', default: ERAS.join(',') },
    lanes: { type: 'string', default: '32' },
  },
});
const count = Number(values.count);
const wantedEras = values.eras.split(',');
const tally = new Tally();
const began = performance.now();

async function round(range: Range, from: number, upto: number): Promise<void> {
  for (let at = from; at < upto && tally.totals.mismatches.length < MISMATCHES_MAX; at += BATCH) {
    await shoot({ range, tally }, seeded(values.seed), { from: at, count: Math.min(BATCH, upto - at) });
    const perSecond = tally.totals.sent / ((performance.now() - began) / 1_000);
    process.stderr.write(`${lineOf(tally.totals)} (${perSecond.toFixed(0)}/s)\n`);
  }
}

for (let from = 0; from < count; from += ROUND) {
  await using range = await openRange({
    eras: ERAS.filter((era) => wantedEras.includes(era)),
    lanes: Number(values.lanes),
  });
  if (from === 0) {
    for (const what of range.skipped) process.stdout.write(`skipped: ${what}\n`);
    const shots = (await storedCases()).map((message) => () => message);
    await shootEach({ range, tally, lanes: range.onePerRoute }, shots);
  }
  await round(range, from, Math.min(count, from + ROUND));
}

const { totals } = tally;
const shown = (counts: ReadonlyMap<string, number>) =>
  [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([name, number]) => `  ${number} ${name}\n`)
    .join('');
process.stdout.write(`refused for:\n${shown(totals.refusedFor)}arrived with:\n${shown(totals.arrivedWith)}`);
process.stdout.write(`${totals.served} answered by the gateway itself\n`);
process.stdout.write(`${totals.aliases} keys alone that a struct of Go's takes for a field\n`);
for (const mismatch of totals.mismatches) {
  process.stdout.write(
    `${mismatch.era} ${mismatch.server}: ${mismatch.wrong.join('; ')}: ${await store(mismatch)}\n`,
  );
}
process.stdout.write(`${lineOf(totals)}\n`);
process.exitCode = totals.mismatches.length === 0 ? 0 : 1;
