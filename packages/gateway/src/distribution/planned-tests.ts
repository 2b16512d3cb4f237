import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OpaTest, runTests, stageTests, type TestedRelease } from './bundle-tests.ts';
import { BundleFailure } from './finding.ts';
import { runOpa } from './opa.ts';
import { CAPABILITIES, openStage } from './stage.ts';

/** A test that an engine can evaluate by itself. */
export interface PlannedTest {
  /** Package and name, as `policy.compliance_test.test_residency`. */
  readonly name: string;
  readonly entrypoint: string;
  /** What `opa test` found: exactly `true` passes. */
  readonly passed: boolean;
}

/** A release's policies, their tests and OPA's plan of both. */
export interface PlannedTests {
  /** Bundle with the plan, in which each test is an entrypoint. */
  readonly bundle: Uint8Array;
  readonly tests: readonly PlannedTest[];
}

/** Tests that are planned at most: the names of all go into one command line. */
const PLANNED_MAX = 1_000;

/**
 * Runs the tests of a release's bundles and plans them, each as an entrypoint. Tests of several cases, and of the same name,
 * are left out: OPA tells of them more than their value. Undefined where nothing is left, where they do not compile, or OPA
 * does not plan them.
 * @throws Failure when `opa` cannot be run; the signal's reason on abort.
 */
export async function planTests(
  built: TestedRelease,
  { opa, signal }: { readonly opa: string; readonly signal: AbortSignal },
): Promise<PlannedTests | undefined> {
  if (built.sources.bundles.every(({ tests }) => tests.length === 0)) return undefined;
  await using stage = await openStage();
  const staged = await stageTests(built, { opa, stage: stage.path, signal });
  const tests = plannable(await outcomesOf(built, staged));
  if (tests.length === 0) return undefined;
  const output = join('..', 'tests.tar.gz');
  const result = await runOpa(staged.run, [
    'build',
    ...['--bundle', '.', '--target', 'plan', '--capabilities', `../${CAPABILITIES}`],
    ...tests.flatMap(({ entrypoint }) => ['--entrypoint', entrypoint]),
    ...['--output', output],
  ]);
  if (result.status !== 0) return undefined;
  return { bundle: new Uint8Array(await readFile(join(staged.run.cwd, output))), tests };
}

/** None where they do not compile: a release decides as well as it does without them. */
async function outcomesOf(...[built, staged]: Parameters<typeof runTests>): ReturnType<typeof runTests> {
  return runTests(built, staged).catch((thrown: unknown) => {
    if (thrown instanceof BundleFailure) return [];
    throw thrown;
  });
}

function plannable(listed: readonly OpaTest[]): PlannedTest[] {
  const own = listed.flatMap((test): PlannedTest[] => {
    const segments = segmentsOf(test.package);
    if (test.skip === true || test.sub_results !== undefined || segments === undefined) return [];
    const passed = test.fail !== true && test.error === undefined;
    const name = [...segments, test.name];
    return [{ name: name.join('.'), entrypoint: name.join('/'), passed }];
  });
  // The second of one name is called `name#01`: both are the same rule to a plan.
  const repeated = new Set(own.flatMap(({ name }) => /^(.*)#\d+$/.exec(name)?.[1] ?? []));
  return own.filter(({ name }) => !name.includes('#') && !repeated.has(name)).slice(0, PLANNED_MAX);
}

/** Of `data.teams["cx-eu"].rules_test`, all after `data`; undefined for what no entrypoint can name. */
export function segmentsOf(path: string): readonly string[] | undefined {
  const segments: string[] = [];
  const rest = path.replace(/^data/, '').replace(/\.(\w+)|\["([^"\\/]+)"\]/g, (_all, word, quoted) => {
    segments.push(word ?? quoted);
    return '';
  });
  return rest === '' ? segments : undefined;
}
