import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Check, homeOf, readResults, SUITES, type SuiteName } from '../suite.ts';
import type { Driver } from './open-driver.ts';

const ASK_DRIVER = fileURLToPath(new URL('ask-driver.mjs', import.meta.url));
const RUN_TIMEOUT_MS = 300_000;

/** What a suite found out about the gateway as a client. */
export interface ClientResult {
  readonly scenarios: ReadonlyMap<string, readonly Check[]>;
  readonly passed: number;
  readonly failed: number;
  readonly warned: number;
  /** Checks that failed or warned, as `scenario:check`, each once. */
  readonly faults: readonly string[];
}

/** Runs a suite against what the driver drives. @throws Error with what the suite said when it did not run. */
export async function runAsClient(peers: string, suite: SuiteName, driver: Driver): Promise<ClientResult> {
  const results = await mkdtemp(join(tmpdir(), 'bailiff-conformance-'));
  try {
    const command = [
      ...[join(homeOf(peers, suite), 'dist', 'index.js'), 'client'],
      ...['--command', `${process.execPath} ${ASK_DRIVER}`, '--timeout', String(RUN_TIMEOUT_MS)],
      ...[...SUITES[suite].clientArgs, '-o', results],
    ];
    const options = {
      timeout: RUN_TIMEOUT_MS,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, DRIVER_URL: driver.url },
    };
    // It ends with 1 when a check has failed, which is a result like any other.
    const said = await promisify(execFile)(process.execPath, command, options).catch((thrown) => thrown);
    const scenarios = await readResults(results, '');
    if (scenarios.size === 0) throw new Error(`the suite did not run: ${said.stdout}${said.stderr}`);
    return resultOf(scenarios);
  } finally {
    await rm(results, { recursive: true, force: true });
  }
}

function resultOf(scenarios: ReadonlyMap<string, readonly Check[]>): ClientResult {
  const all = [...scenarios].flatMap(([scenario, checks]) => checks.map((check) => ({ scenario, ...check })));
  const count = (wanted: Check['status']) => all.filter(({ status }) => status === wanted).length;
  const faults = all.filter(({ status }) => status === 'FAILURE' || status === 'WARNING');
  return {
    scenarios,
    passed: count('SUCCESS'),
    failed: count('FAILURE'),
    warned: count('WARNING'),
    faults: [...new Set(faults.map(({ scenario, id }) => `${scenario}:${id}`))],
  };
}
