/**
 * Policy on its way: from a file written to the first decision by it, a rollback, what the calls meanwhile notice of either, starts,
 * and what many servers’ bundles cost. `--rounds N`, `--only activation,servers,starts`.
 */
import { parseArgs } from 'node:util';
import { measureActivations } from './activations.ts';
import { loadOfMachine } from './load-of-machine.ts';
import { measureServers } from './many-servers.ts';
import { measureStarts } from './starts.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '10' }, only: { type: 'string', default: '' } },
});
const rounds = Number(values.rounds);
const parts = { activation: measureActivations, servers: measureServers, starts: measureStarts };

for (const [name, measure] of Object.entries(parts)) {
  if (values.only !== '' && !values.only.split(',').includes(name)) continue;
  const began = performance.now();
  process.stdout.write(`\n${name}, ${loadOfMachine()}\n`);
  await measure(rounds);
  const seconds = ((performance.now() - began) / 1_000).toFixed(0);
  process.stdout.write(`${name} took ${seconds} s; ${loadOfMachine()}\n`);
}
