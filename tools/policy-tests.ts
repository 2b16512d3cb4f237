import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { opaPath } from '../packages/gateway/src/commands/places.ts';
import { buildRelease } from '../packages/gateway/src/distribution/build-release.ts';
import { testBundles } from '../packages/gateway/src/distribution/bundle-tests.ts';
import { type Counts, ROOT } from './checks.ts';

const KERNEL = join(ROOT, 'policies/kernel');
const EXAMPLE = join(ROOT, 'examples/acme/policy');

/** Runs the kernel’s and the example company’s Rego tests under real OPA; each test counts as one. */
export async function runPolicyTests(): Promise<Counts> {
  const opa = opaPath();
  const kernel = kernelTests(opa);
  report('kernel', kernel);
  const built = await buildRelease({ directory: EXAMPLE, kernel: KERNEL, opa });
  const bundles = await testBundles(built, { opa });
  for (const test of bundles.tests.filter(({ outcome }) => outcome === 'failed')) {
    process.stdout.write(`FAIL ${test.file}:${test.row}: ${test.name} ${test.detail}\n`);
  }
  report('example company', bundles);
  return { passed: kernel.passed + bundles.passed, failed: kernel.failed + bundles.failed };
}

interface OpaTestResult {
  readonly package: string;
  readonly name: string;
  readonly fail?: boolean;
  readonly error?: unknown;
}

function kernelTests(opa: string): Counts {
  const { stdout, stderr } = spawnSync(opa, ['test', '--format', 'json', KERNEL], {
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
