/**
 * Compares packages/rego with OPA on random policies and inputs: `node packages/rego/proof/fuzz/run.ts [--count N] [--seed S]`.
 * What differs is shrunk and written to `cases/`. Ends with `fuzz: N evaluated, O outcome differences, B byte differences,
 * F fail-closed differences`; fails on any but fail-closed ones of a listed cause.
 */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    seed: { type: 'string', default: new Date().toISOString().slice(0, 10) },
    dry: { type: 'boolean', default: false },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const totals = await fuzz({ count: Number(options.count), seed: options.seed, say, writes: !options.dry });
say(
  `seed ${options.seed}; defined ${totals.defined}, undefined ${totals.undefined}, failed ${totals.failed}`,
);
say(`failures told otherwise: ${totals.text}; fail-closed ones of a listed cause: ${totals.known}`);
say(
  `fuzz: ${totals.evaluated} evaluated, ${totals.outcome} outcome differences, ${totals.byte} byte differences, ` +
    `${totals.fail_closed} fail-closed differences`,
);
if (totals.outcome + totals.byte > 0 || totals.fail_closed > totals.known) process.exitCode = 1;
