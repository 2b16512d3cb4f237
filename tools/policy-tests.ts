import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { opaPath } from '../packages/gateway/src/commands/places.ts';
import { buildRelease } from '../packages/gateway/src/distribution/build-release.ts';
import { testBundles } from '../packages/gateway/src/distribution/bundle-tests.ts';
import { type Counts, ROOT } from './checks.ts';

const KERNEL = join(ROOT, 'policies/kernel');
const EXAMPLE = join(ROOT, 'examples/acme/policy');

const LIBRARY = join(ROOT, 'policies/library');
const SERVERS = join(ROOT, 'policies/servers');
const LIBRARY_CATEGORIES = ['identity', 'resource', 'workflow', 'compliance'];

/** Runs the Rego tests of the kernel, of the library, of the servers’ packages and of the example company under real OPA; each test counts as one. */
export async function runPolicyTests(): Promise<Counts> {
  const opa = opaPath();
  const kernel = testsIn(opa, [KERNEL]);
  report('kernel', kernel);
  const library = testsIn(opa, libraryPaths());
  report('library', library);
  const servers = testsIn(opa, serverPaths());
  report('servers’ packages', servers);
  const built = await buildRelease({ directory: EXAMPLE, kernel: KERNEL, opa });
  const bundles = await testBundles(built, { opa });
  for (const test of bundles.tests.filter(({ outcome }) => outcome === 'failed')) {
    process.stdout.write(`FAIL ${test.file}:${test.row}: ${test.name} ${test.detail}\n`);
  }
  report('example company', bundles);
  const all = [kernel, library, servers, bundles];
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
  };
}

interface OpaTestResult {
  readonly package: string;
  readonly name: string;
  readonly fail?: boolean;
  readonly error?: unknown;
}

/** Its rules together, each one’s defaults where they are in a bundle. */
function libraryPaths(): string[] {
  const categories = LIBRARY_CATEGORIES.map(
    (category) => `policy.${category}.library:${join(LIBRARY, category)}`,
  );
  return [...categories, join(LIBRARY, 'testing'), KERNEL];
}

/** The bundle of each package, its data where they are in a release. */
function serverPaths(): string[] {
  return readdirSync(SERVERS).map((name) => `servers.${name}:${join(SERVERS, name, 'bundle')}`);
}

function testsIn(opa: string, paths: readonly string[]): Counts {
  const { stdout, stderr } = spawnSync(opa, ['test', '--format', 'json', ...paths], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const results: readonly OpaTestResult[] = JSON.parse(stdout === '' ? '[]' : stdout);
  const failures = results.filter(({ fail, error }) => fail === true || error !== undefined);
  for (const { package: module, name } of failures) process.stdout.write(`FAIL ${module}.${name}\n`);
  // A suite that does not compile runs no test, which must not look like success.
  if (results.length === 0) process.stdout.write(`${stderr}\n`);
  return { passed: results.length - failures.length, failed: results.length === 0 ? 1 : failures.length };
}

function report(what: string, { passed, failed }: Counts): void {
  process.stdout.write(
    `${failed === 0 ? 'ok  ' : 'FAIL'} policy tests of the ${what}: ${passed} passed, ${failed} failed\n`,
  );
}
