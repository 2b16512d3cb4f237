import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEMO_KEYS } from '../../../examples/acme/demo.ts';
import { loadConfiguration } from '../../../packages/gateway/src/config.ts';
import { until } from '../faults/processes.ts';
import type { Change } from '../gateway.ts';
import { ENGINE, lendVerdicts } from '../test-engine.ts';

const COMPANY = fileURLToPath(new URL('../../../examples/acme/bailiff.yaml', import.meta.url));
/** What clients are told to start. */
export const BAILIFF = fileURLToPath(new URL('../../../bailiff', import.meta.url));
/** How long a gateway that `bailiff stdio` started outlives its last use here. */
export const IDLE_EXIT_SECONDS = 5;

/** The example company’s configuration in a folder of its own, for commands that take a file. */
export interface CompanyOnDisk extends AsyncDisposable {
  readonly file: string;
  readonly dataDirectory: string;
  /** What the gateway that was started for it has logged. */
  log(): Promise<string>;
}

export async function companyOnDisk(change: Change = (same) => same): Promise<CompanyOnDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'bailiff-stdio-'));
  const { configuration } = await loadConfiguration(COMPANY);
  const dataDirectory = join(folder, 'data');
  const own = {
    ...configuration,
    data_dir: dataDirectory,
    listen: { ...configuration.listen, port: 0 },
    // What is shown here is not how fast OPA is on a machine that others use too.
    engine: { ...configuration.engine, kind: ENGINE, deadline_ms: 10_000 },
  };
  const file = join(folder, 'bailiff.yaml');
  await writeFile(file, JSON.stringify(change(own)));
  await lendVerdicts(dataDirectory);
  return {
    file,
    dataDirectory,
    log: () => readFile(join(dataDirectory, 'gateway.log'), 'utf8').catch(() => ''),
    async [Symbol.asyncDispose]() {
      await until('no gateway runs for it any more', () => gatewaysOf(file).length === 0);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The gateways that run for a configuration. */
export function gatewaysOf(file: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`start\0--config\0${file}\0`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** The arguments and environment of `bailiff` as a client starts it. */
export function stdioArguments({ file }: CompanyOnDisk, server = 'crm'): string[] {
  return ['stdio', '--server', server, '--config', file, '--idle-exit', String(IDLE_EXIT_SECONDS)];
}

export function stdioEnvironment(
  who: keyof typeof DEMO_KEYS = 'support-bot for mara',
): Record<string, string> {
  const own = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { ...Object.fromEntries(own), BAILIFF_KEY: DEMO_KEYS[who] };
}
