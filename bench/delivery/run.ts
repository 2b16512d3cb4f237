/**
 * Policy on its way: from a file written to the first decision by it, a rollback, what the calls meanwhile notice of either, starts,
 * and what many servers’ bundles cost. `--rounds N`, `--only activation,servers,starts`.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureActivations } from './activations.ts';
import { measureServers } from './many-servers.ts';
import { measureStarts } from './starts.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '10' }, only: { type: 'string', default: '' } },
});
const rounds = Number(values.rounds);
const parts = { activation: measureActivations, servers: measureServers, starts: measureStarts };

for (const [name, measure] of Object.entries(parts)) {
  if (values.only !== '' && !values.only.split(',').includes(name)) continue;
  process.stdout.write(`load ${loadavg()[0]?.toFixed(1)}\n`);
  await measure(rounds);
}
