import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import type { ServerConfiguration } from '../../packages/contract/src/index.ts';
import { opaPath } from '../../packages/gateway/src/commands/places.ts';
import { loadConfiguration } from '../../packages/gateway/src/config.ts';
import { openGateway } from '../../packages/gateway/src/main.ts';
import { ENGINE } from '../journeys/test-engine.ts';
import { openShim } from './open-shim.ts';

const POLICY = fileURLToPath(new URL('policy', import.meta.url));
const KEY = `blf_${'front_door_prober_'.padEnd(43, '0')}`;
const READY_TIMEOUT_MS = 60_000;

/** A gateway that allows everything, reached with and without a shim that brings the credential. */
export interface FrontDoor extends AsyncDisposable {
  /** Where a client that sends no credential reaches a server through the gateway. */
  through(server: string): string;
  /** The gateway itself, and the header that its only agent sends. */
  readonly url: string;
  readonly authorization: string;
}

export interface FrontDoorOptions {
  readonly dataDirectory?: string | undefined;
  readonly kind?: typeof ENGINE;
}

/**
 * Opens a real gateway before these servers, with a policy in which everything is allowed for one agent. Its data are in a
 * folder of its own, unless one is given.
 */
export async function openFrontDoor(
  servers: Readonly<Record<string, z.input<typeof ServerConfiguration>>>,
  { dataDirectory = 'data', kind = ENGINE }: FrontDoorOptions = {},
): Promise<FrontDoor> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-front-door-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const shim = opened.use(await openShim());
  const file = join(folder, 'bailiff.yaml');
  const configuration = {
    listen: { port: 0, allowed_hosts: [shim.host], allowed_origins: [`http://${shim.host}`] },
    data_dir: dataDirectory,
    policy: { directory: POLICY },
    // What is shown here is not how fast OPA is on a machine that others use too.
    engine: { kind, deadline_ms: 10_000 },
    servers,
    identity: {
      api_keys: [
        { id: 'prober', sha256: hash('sha256', KEY), agent: 'prober', agent_version: '1.0.0', user: 'pia' },
      ],
    },
  };
  await writeFile(file, JSON.stringify(configuration));
  const gateway = opened.use(
    await openGateway(await loadConfiguration(file), { opa: opaPath(), logLevel: 'silent' }),
  );
  await gateway.whenReady(AbortSignal.timeout(READY_TIMEOUT_MS));
  const authorization = `Bearer ${KEY}`;
  shim.target = { url: gateway.url, authorization };
  const kept = opened.move();
  return {
    through: (server) => `http://${shim.host}/mcp/${server}`,
    url: gateway.url,
    authorization,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
