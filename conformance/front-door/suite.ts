import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';

/** A version of `@modelcontextprotocol/conformance`, and which of its scenarios for servers and for clients are run. */
export const SUITES = {
  'active of 0.1.16': { version: 'conformance', args: [], clientArgs: ['--suite', 'all'] },
  '2025-11-25': {
    version: 'conformance-next',
    args: ['--requirements', '2025-11-25'],
    clientArgs: ['--requirements', '2025-11-25'],
  },
  '2026-07-28': {
    version: 'conformance-next',
    args: ['--requirements', '2026-07-28'],
    clientArgs: ['--requirements', '2026-07-28'],
  },
} as const;
export type SuiteName = keyof typeof SUITES;

const Checks = z.array(
  z.looseObject({
    id: z.string(),
    status: z.enum(['SUCCESS', 'FAILURE', 'WARNING', 'SKIPPED', 'INFO']),
    errorMessage: z.string().optional(),
    description: z.string().optional(),
  }),
);
export type Check = z.infer<typeof Checks>[number];

/** What a suite found out about a server. */
export interface SuiteResult {
  /** The checks of each scenario that came to an end, in their order. */
  readonly scenarios: ReadonlyMap<string, readonly Check[]>;
  /** As the suite counts them. */
  readonly passed: number;
  readonly failed: number;
  /** Scenarios with a failed check, of those that the revision requires. */
  readonly failedScenarios: readonly string[];
  /** The same, of those that it reports without counting them. */
  readonly unscoredFailures: readonly string[];
}

const RUN_TIMEOUT_MS = 180_000;

/** Where the suite’s package is. */
export function homeOf(peers: string, suite: SuiteName): string {
  return join(peers, 'node_modules', '@modelcontextprotocol', SUITES[suite].version);
}

/** Runs a suite against the MCP endpoint at `url`. @throws Error with what the suite said when it did not run. */
export async function runSuite(peers: string, suite: SuiteName, url: string): Promise<SuiteResult> {
  const { args } = SUITES[suite];
  const home = homeOf(peers, suite);
  const results = await mkdtemp(join(tmpdir(), 'bailiff-conformance-'));
  try {
    const command = [join(home, 'dist', 'index.js'), 'server', '--url', url, ...args, '-o', results];
    const options = { timeout: RUN_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
    // It ends with 1 when a check has failed, which is a result like any other.
    const said = await promisify(execFile)(process.execPath, command, options).catch((thrown) => thrown);
    const scenarios = await readResults(results, 'server-');
    if (scenarios.size === 0) throw new Error(`the suite did not run: ${said.stdout}${said.stderr}`);
    return summaryOf(scenarios, await unscoredOf(home, suite));
  } finally {
    await rm(results, { recursive: true, force: true });
  }
}

/** What a check came to, by `scenario:check`; of a check that was made more than once the worst. */
export function statusesOf({ scenarios }: SuiteResult): ReadonlyMap<string, Check['status']> {
  const severity: readonly Check['status'][] = ['INFO', 'SUCCESS', 'SKIPPED', 'WARNING', 'FAILURE'];
  const statuses = new Map<string, Check['status']>();
  for (const [scenario, checks] of scenarios) {
    for (const { id, status } of checks) {
      const key = `${scenario}:${id}`;
      const before = statuses.get(key) ?? 'INFO';
      statuses.set(key, severity.indexOf(status) > severity.indexOf(before) ? status : before);
    }
  }
  return statuses;
}

/** The checks of each scenario: it has a folder `<prefix><scenario>-<time>`, in a folder of its own where its name has a slash. */
export async function readResults(folder: string, prefix: string): Promise<Map<string, readonly Check[]>> {
  const scenarios = new Map<string, readonly Check[]>();
  for (const path of (await readdir(folder, { recursive: true })).sort()) {
    const name = path.startsWith(prefix) ? path.slice(prefix.length) : '';
    const scenario = /^(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(name)?.[1];
    if (scenario === undefined) continue;
    // A scenario that broke off has left a folder without checks.
    const checks = await readFile(join(folder, path, 'checks.json'), 'utf8').catch(() => '[]');
    scenarios.set(scenario, Checks.parse(JSON.parse(checks)));
  }
  return scenarios;
}

const Requirements = z.looseObject({
  not_scored: z.array(z.looseObject({ scenario: z.string(), leg: z.string() })),
});

async function unscoredOf(home: string, suite: SuiteName): Promise<ReadonlySet<string>> {
  if (SUITES[suite].version === 'conformance') return new Set();
  const { not_scored } = Requirements.parse(
    parse(await readFile(join(home, 'requirements', `${suite}.yaml`), 'utf8')),
  );
  return new Set(not_scored.filter(({ leg }) => leg === 'server').map(({ scenario }) => scenario));
}

function summaryOf(
  scenarios: ReadonlyMap<string, readonly Check[]>,
  unscored: ReadonlySet<string>,
): SuiteResult {
  const count = (status: Check['status']) =>
    [...scenarios.values()].flat().filter((check) => check.status === status).length;
  const failing = [...scenarios]
    .filter(([, checks]) => checks.some(({ status }) => status === 'FAILURE'))
    .map(([scenario]) => scenario);
  return {
    scenarios,
    passed: count('SUCCESS'),
    failed: count('FAILURE'),
    failedScenarios: failing.filter((scenario) => !unscored.has(scenario)),
    unscoredFailures: failing.filter((scenario) => unscored.has(scenario)),
  };
}
