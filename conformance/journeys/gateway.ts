import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEMO_KEYS } from '../../examples/acme/demo.ts';
import { opaPath } from '../../packages/gateway/src/commands/places.ts';
import { type LoadedConfiguration, loadConfiguration } from '../../packages/gateway/src/config.ts';
import { type Gateway, openGateway } from '../../packages/gateway/src/main.ts';
import { ENGINE, lendVerdicts, shareVerdicts } from './test-engine.ts';

const COMPANY = fileURLToPath(new URL('../../examples/acme/bailiff.yaml', import.meta.url));
/** The first gateway with a release on the embedded engine has compared it with OPA by then. */
const READY_TIMEOUT_MS = 150_000;

/** A real gateway with the example company on a free port, its data in a folder of its own. */
export interface RunningCompany extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly dataDirectory: string;
}

export type Change = (
  configuration: LoadedConfiguration['configuration'],
) => LoadedConfiguration['configuration'];

export async function openCompany(change: Change = (same) => same): Promise<RunningCompany> {
  await using opened = new AsyncDisposableStack();
  const dataDirectory = await mkdtemp(join(tmpdir(), 'bailiff-journey-'));
  opened.defer(() => rm(dataDirectory, { recursive: true, force: true }));
  const { configuration, file } = await loadConfiguration(COMPANY);
  const own = {
    ...configuration,
    data_dir: dataDirectory,
    servers: withGatewayData(configuration.servers, dataDirectory),
    listen: { ...configuration.listen, port: 0 },
    // Tests share two cores with others: what is shown here is not how fast OPA is.
    engine: { ...configuration.engine, kind: ENGINE, deadline_ms: 10_000 },
  };
  await lendVerdicts(dataDirectory);
  const gateway = opened.use(
    await openGateway({ configuration: change(own), file }, { opa: opaPath(), logLevel: 'silent' }),
  );
  await gateway.whenReady(AbortSignal.timeout(READY_TIMEOUT_MS));
  await shareVerdicts(dataDirectory);
  const kept = opened.move();
  return { gateway, dataDirectory, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The servers, with the agent runtime’s agents calling through the gateway of this data folder. */
function withGatewayData(servers: Servers, dataDirectory: string): Servers {
  const { agents } = servers;
  if (agents?.transport !== 'stdio') return servers;
  return { ...servers, agents: { ...agents, env: { ...agents.env, ACME_GATEWAY_DATA: dataDirectory } } };
}

type Servers = LoadedConfiguration['configuration']['servers'];

export const bearer = (who: keyof typeof DEMO_KEYS): { readonly authorization: string } => ({
  authorization: `Bearer ${DEMO_KEYS[who]}`,
});
