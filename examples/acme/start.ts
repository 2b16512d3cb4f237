/**
 * What `npm start` runs: the gateway with the example company, a scripted agent through real MCP clients, and then the
 * gateway alone until Ctrl-C. Its options: `npm start -- --help`. The script speaks for the example company’s agents, so with
 * another configuration it is not played.
 */
import { Failure } from '@bailiff/contract';
import pc from 'picocolors';
import { opaPath } from '../../packages/gateway/src/commands/places.ts';
import { stopRequested, withPort } from '../../packages/gateway/src/commands/start.ts';
import { loadConfiguration } from '../../packages/gateway/src/config.ts';
import { type Gateway, openGateway } from '../../packages/gateway/src/main.ts';
import { lineOf, playDemo } from './demo.ts';
import { readStartOptions, type StartOptions } from './start-options.ts';
import { whatNext } from './what-next.ts';

/** How long OPA may take to start and load the release on a busy machine. */
const READY_TIMEOUT_MS = 60_000;

const say = (text = ''): void => void process.stdout.write(`${text}\n`);
const stopping = new AbortController();

process.stdout.once('error', () => stopping.abort()); // Nobody reads what it says: the terminal is gone.
void stopRequested().then(() => stopping.abort());
const read = readStartOptions(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
});
if ('exitCode' in read) process.exitCode = read.exitCode;
else await start(read, stopping.signal).catch(complain);

/** Runs until it is asked to stop, however far it has come by then. */
async function start(options: StartOptions, stop: AbortSignal): Promise<void> {
  const stopped = new Promise<void>((resolve) =>
    stop.addEventListener('abort', () => resolve(), { once: true }),
  );
  await using gateway = await open(options);
  if (stop.aborted) return;
  await gateway.whenReady(AbortSignal.any([AbortSignal.timeout(READY_TIMEOUT_MS), stop]));
  say(
    `${pc.bold('Bailiff')} decides by release ${pc.bold(gateway.policyVersion())} and listens on ${pc.bold(gateway.url)}`,
  );
  if (options.playsDemo) {
    say(`\nA scripted agent makes calls through real MCP clients. Each is decided by OPA and recorded:\n`);
    await playDemo(gateway.url, (played) => say(lineOf(played)), stop);
  }
  if (stop.aborted) return;
  say(whatNext({ url: gateway.url, config: options.config }));
  await stopped;
}

async function open({ config, port, playsDemo }: StartOptions): Promise<Gateway> {
  const logLevel = playsDemo ? 'error' : 'warn'; // Servers of one’s own may fail to start; the demo’s refusals are its point.
  return openGateway(withPort(await loadConfiguration(config), port), { opa: opaPath(), logLevel });
}

/** Whatever breaks off because it was asked to stop is no fault: Ctrl-C also ends the OPA that builds the release. */
function complain(thrown: unknown): void {
  if (stopping.signal.aborted) return;
  process.stderr.write(`${thrown instanceof Failure ? thrown.detail : (thrown as Error).stack}\n`);
  process.exitCode = 1;
}
