import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuiltRelease, fileNamer } from './build-release.ts';
import { BundleFailure, compare } from './finding.ts';
import {
  type AllowedCapabilities,
  allowedCapabilities,
  errorsOf,
  findingsOfErrors,
  type OpaRun,
  runOpa,
} from './opa.ts';
import { CAPABILITIES, openStage, writeFiles } from './stage.ts';

/** One Rego test of a bundle. */
export interface BundleTest {
  /** Package and name, as `policy.compliance_test.test_residency`. */
  readonly name: string;
  readonly bundle: string;
  readonly file: string;
  readonly row: number;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it failed, when it did not simply come out false; else empty. */
  readonly detail: string;
}

/** What the tests of a release’s bundles came to. */
export interface BundleTestReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** By file and row. */
  readonly tests: readonly BundleTest[];
}

/** Longest that one test may take. */
const TEST_TIMEOUT = '10s';

/** A test as `opa test` tells of it. */
export interface OpaTest {
  /** As Rego writes it: `data.policy.compliance_test`. */
  readonly package: string;
  readonly name: string;
  readonly location?: { readonly file: string; readonly row: number };
  readonly fail?: boolean;
  readonly skip?: boolean;
  readonly error?: unknown;
  /** By case, of a test that has several. */
  readonly sub_results?: unknown;
}

/** What tests are run on. */
export interface TestedRelease extends Pick<BuiltRelease, 'data'> {
  readonly sources: Pick<BuiltRelease['sources'], 'bundles' | 'kernel'>;
}

/** How `opa` is run on tests. */
export interface TestOptions {
  readonly opa: string;
  readonly signal?: AbortSignal;
}

/**
 * Runs the bundles’ tests against their sources as written, watched rules under their own names, with kernel and data of
 * the release beside them and without the built-ins that bundles may not use.
 * @throws BundleFailure when a test file does not compile.
 */
export async function testBundles(built: TestedRelease, options: TestOptions): Promise<BundleTestReport> {
  return reportOfTests(built, await listTests(built, options));
}

/** The same as `opa test` tells it. */
export async function listTests(built: TestedRelease, options: TestOptions): Promise<readonly OpaTest[]> {
  const { opa, signal = new AbortController().signal } = options;
  if (built.sources.bundles.every(({ tests }) => tests.length === 0)) return [];
  await using stage = await openStage();
  return await runTests(built, await stageTests(built, { opa, stage: stage.path, signal }));
}

/** What tests came to, by the bundles that they belong to. */
export function reportOfTests({ sources }: TestedRelease, listed: readonly OpaTest[]): BundleTestReport {
  const fileOf = fileNamer(sources);
  const bundleOf = new Map(
    sources.bundles.flatMap((bundle) => bundle.tests.map(({ path }) => [path, bundle.name] as const)),
  );
  return reportOf(
    listed.map(({ package: path, name, location, fail, skip, error }) => ({
      name: `${path.replace(/^data\./, '')}.${name}`,
      bundle: bundleOf.get(location?.file ?? '') ?? '',
      file: fileOf(location?.file ?? '') ?? '',
      row: location?.row ?? 1,
      outcome: skip ? 'skipped' : fail || error !== undefined ? 'failed' : 'passed',
      detail: error === undefined ? '' : messageOf(error),
    })),
  );
}

/** Sources and tests of a release where `opa` finds them. */
export interface StagedTests {
  readonly run: OpaRun;
  readonly capabilities: AllowedCapabilities;
}

/** Writes what tests need below `stage`. */
export async function stageTests(
  { sources: { bundles, kernel }, data }: TestedRelease,
  { opa, stage, signal }: { readonly opa: string; readonly stage: string; readonly signal: AbortSignal },
): Promise<StagedTests> {
  const run = { opa, cwd: join(stage, 'tests'), signal };
  await writeFiles(run.cwd, [
    ...kernel,
    ...bundles.flatMap((bundle) => [...bundle.modules, ...bundle.tests]),
    { path: 'data.json', text: JSON.stringify(data) },
  ]);
  const capabilities = await allowedCapabilities(run);
  await writeFile(join(stage, CAPABILITIES), capabilities.text);
  return { run, capabilities };
}

/** What came of tests of these very sources, by the data that was composed of them. */
interface Ran {
  readonly sources: TestedRelease['sources'];
  readonly listed: Promise<readonly OpaTest[]>;
}

/** The same sources and data come to the same, so that nobody runs them twice. */
const ran = new WeakMap<TestedRelease['data'], Ran>();

/** Runs staged tests, once for each release. @throws BundleFailure when a test file does not compile. */
export function runTests(built: TestedRelease, staged: StagedTests): Promise<readonly OpaTest[]> {
  const { sources, data } = built;
  const known = ran.get(data);
  if (known?.sources === sources) return known.listed;
  const begun: Ran = { sources, listed: ranTests(built, staged) };
  ran.set(data, begun);
  begun.listed.catch(() => ran.get(data) === begun && ran.delete(data)); // It may have been the machine.
  return begun.listed;
}

async function ranTests(
  { sources }: TestedRelease,
  { run, capabilities }: StagedTests,
): Promise<readonly OpaTest[]> {
  const args = ['.', '--bundle', '--format', 'json', '--capabilities', `../${CAPABILITIES}`];
  const result = await runOpa(run, ['test', ...args, '--timeout', TEST_TIMEOUT]);
  const listed = testsIn(result.stdout);
  if (listed !== undefined) return listed;
  // `opa test` tells such errors in plain words; `opa check` tells the same with their places.
  const checked = await runOpa(run, ['check', ...args]);
  const errors = errorsOf(checked.status === 0 ? result : checked);
  throw new BundleFailure(findingsOfErrors(errors, fileNamer(sources), capabilities.refused));
}

function reportOf(tests: readonly BundleTest[]): BundleTestReport {
  const count = (outcome: BundleTest['outcome']) => tests.filter((test) => test.outcome === outcome).length;
  const sorted = [...tests].sort(
    (a, b) => compare(a.file, b.file) || a.row - b.row || compare(a.name, b.name),
  );
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped'), tests: sorted };
}

/** What `opa test` printed, where `null` is no test at all; undefined when it got no further than errors. */
function testsIn(stdout: string): readonly OpaTest[] | undefined {
  try {
    const printed: unknown = JSON.parse(stdout);
    if (printed === null) return [];
    return Array.isArray(printed) ? (printed as OpaTest[]) : undefined;
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : JSON.stringify(error);
}
