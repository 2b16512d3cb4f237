/**
 * Compares the YAML built-ins with OPA's: `node packages/rego/proof/yaml/run.ts [--count N] [--seed S]`. Ends with
 * `yaml: N compared, D differences, F fail-closed, T failures told otherwise`; fails on any difference.
 */
import { parseArgs } from 'node:util';
import { compareYaml } from './compare-yaml.ts';

const SHOWN_MAX = 20;

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '6000' },
    seed: { type: 'string', default: new Date().toISOString().slice(0, 10) },
  },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const totals = await compareYaml(Number(options.count), options.seed);
const { compared, defined, failClosed, toldOtherwise, differences } = totals;
for (const { name, operand, opa, ours } of differences.slice(0, SHOWN_MAX)) {
  say(`${name}(${operand})\n  OPA:  ${opa}\n  ours: ${ours}`);
}
say(`seed ${options.seed}; OPA has a value for ${defined}`);
say(
  `yaml: ${compared} compared, ${differences.length} differences, ${failClosed} fail-closed, ${toldOtherwise} failures told otherwise`,
);
if (differences.length > 0) process.exitCode = 1;
