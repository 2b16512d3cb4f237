/**
 * A gateway to measure: `--config FILE`, and with `--trivial FILE` a decision in process instead of OPA. Prints where it listens
 * once it is ready.
 */
import { parseArgs } from 'node:util';
import { opaPath } from '../packages/gateway/src/commands/places.ts';
import { stopRequested } from '../packages/gateway/src/commands/start.ts';
import { loadConfiguration } from '../packages/gateway/src/config.ts';
import { openGateway } from '../packages/gateway/src/main.ts';
import { openTrivialEngine } from './trivial-engine.ts';

const { values } = parseArgs({
  options: { config: { type: 'string', default: '' }, trivial: { type: 'string' } },
});
const { trivial } = values;
const stop = stopRequested();
await using gateway = await openGateway(await loadConfiguration(values.config), {
  opa: opaPath(),
  logLevel: 'error',
  ...(trivial === undefined ? {} : { openEngine: (releases) => openTrivialEngine(releases, trivial) }),
});
await gateway.whenReady(AbortSignal.timeout(60_000));
process.stdout.write(`listening ${JSON.stringify({ port: Number(new URL(gateway.url).port) })}\n`);
await stop;
