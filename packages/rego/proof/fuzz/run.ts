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
say(
  `failures told otherwise: ${totals.text}; failures of OPA alone, by a listed defect: ${totals.evaluator}`,
);
say(
  `fail-closed ones of a listed cause: ${totals.planner} of OPA's planner, ${totals.library} of what this library has no value for`,
);
say(
  `fuzz: ${totals.evaluated} evaluated, ${totals.outcome} outcome differences, ${totals.byte} byte differences, ` +
    `${totals.fail_closed} fail-closed differences`,
);
if (totals.outcome + totals.byte > 0 || totals.fail_closed > totals.planner + totals.library)
  process.exitCode = 1;
