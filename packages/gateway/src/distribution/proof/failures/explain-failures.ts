import { type OpaTest, stageTests, type TestedRelease } from '../../bundle-tests.ts';
import { type OpaRun, runOpa } from '../../opa.ts';
import { nearestName } from '../../sources/words/nearest-name.ts';
import { CAPABILITIES, openStage } from '../../stage.ts';
import type { ObservedRule } from '../observed-modules.ts';
import { type FailedExpression, failedExpression, lastFailure } from './failed-expression.ts';
import { TracedTest } from './opa-trace.ts';

/** A rule that a failing test is about. */
export interface TestedRule {
  /** Full id. */
  readonly id: string;
  readonly file: string;
  readonly row: number;
  /** Conditions of its bodies that did not hold; empty where it fired, or where OPA knew beforehand that no body could hold. */
  readonly failed: readonly FailedExpression[];
  readonly hasFired: boolean;
}

/** Why a test failed. */
export interface TestFailure {
  /** Its condition that did not hold; undefined where OPA tried none, because something it asks for is not there. */
  readonly expression: FailedExpression | undefined;
  /** Of a test with several cases, those that failed. */
  readonly cases: readonly string[];
  readonly rules: readonly TestedRule[];
  /** Names in quotes that no rule of the bundle has, and the rule that is nearly called so. */
  readonly misspelt: readonly { readonly written: string; readonly near: string }[];
}

/** Tests that are explained; of further ones it is told that they failed. */
export const EXPLAINED_MAX = 20;
/** Rules of one test, and conditions of one rule. */
const RULES_MAX = 3;
const CONDITIONS_MAX = 6;
/** Longest that tests are run once more. */
const TIMEOUT_MS = 60_000;

/**
 * Runs the first tests that failed once more, with a trace, and says why each failed, by `<package>.<name>`.
 * @returns fewer, or none, where that cannot be told.
 * @throws the signal’s reason on abort.
 */
export async function explainFailures(
  built: TestedRelease,
  { tests, rules }: { readonly tests: readonly OpaTest[]; readonly rules: readonly ObservedRule[] },
  { opa, signal }: { readonly opa: string; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, TestFailure>> {
  const failed = tests
    .filter(({ fail, error }) => fail === true && error === undefined)
    .slice(0, EXPLAINED_MAX);
  if (failed.length === 0) return new Map();
  await using stage = await openStage();
  const { run } = await stageTests(built, { opa, stage: stage.path, signal });
  const modules = built.sources.bundles.flatMap((bundle) => [...bundle.modules, ...bundle.tests]);
  const lines = new Map(
    [...built.sources.kernel, ...modules].map(({ path, text }) => [path, text.split(/\r?\n/)]),
  );
  const traced = await tracedTests({ ...run, timeoutMs: TIMEOUT_MS }, failed);
  return new Map(
    failed.flatMap((test) => {
      const found = traced.find(({ name, package: path }) => name === test.name && path === test.package);
      return found === undefined
        ? []
        : [[nameOfTest(test), failureOf(test, found, { lines, rules })] as const];
    }),
  );
}

/** As `policy.compliance_test.test_rows`. */
export function nameOfTest({ package: path, name }: Pick<OpaTest, 'package' | 'name'>): string {
  return `${path.replace(/^data\./, '')}.${name}`;
}

async function tracedTests(run: OpaRun, tests: readonly OpaTest[]): Promise<readonly TracedTest[]> {
  const names = tests.map(({ package: path, name }) =>
    `${path}.${name}`.replace(/[.*+?^${}()|[\]\\#]/g, '\\$&'),
  );
  const args = ['test', '.', '--bundle', '--format', 'json', '--capabilities', `../${CAPABILITIES}`];
  try {
    const { stdout } = await runOpa(run, [...args, '--var-values', '--run', `^(${names.join('|')})$`]);
    const told: unknown = JSON.parse(stdout);
    return Array.isArray(told) ? told.flatMap((one) => TracedTest.safeParse(one).data ?? []) : [];
  } catch {
    run.signal.throwIfAborted();
    return []; // The trace may be too large: that a test failed is told all the same.
  }
}

function failureOf(
  test: OpaTest,
  { trace, sub_results: cases }: TracedTest,
  known: { readonly lines: ReadonlyMap<string, readonly string[]>; readonly rules: readonly ObservedRule[] },
): TestFailure {
  const { lines } = known;
  const testFile = test.location?.file ?? '';
  const event = lastFailure(trace, testFile);
  const expression = event && failedExpression(event, lines.get(event.Location.file) ?? []);
  const named = expression === undefined ? [] : namedRules(expression, testFile, known.rules);
  return {
    expression,
    cases: Object.entries(cases ?? {}).flatMap(([name, { fail }]) => (fail === true ? [name] : [])),
    misspelt: expression === undefined ? [] : misspeltNames(expression, testFile, known.rules),
    rules: named.map(({ id, file, row, heads }): TestedRule => {
      const failures = conditionsOf(heads, trace).map((one) =>
        failedExpression(one, lines.get(one.Location.file) ?? []),
      );
      const hasFired = expression?.isNegated === true;
      return { id, file, row, failed: hasFired ? [] : failures, hasFired };
    }),
  };
}

/** Rules whose names an expression has in quotes, of the bundle that the test is of, else of others. */
function namedRules(
  { text }: FailedExpression,
  testFile: string,
  rules: readonly ObservedRule[],
): readonly ObservedRule[] {
  const names = new Set(namesIn(text));
  const named = rules.filter(({ name }) => names.has(name));
  const own = named.filter(({ bundle }) => testFile.startsWith(`${bundle}/`));
  return (own.length > 0 ? own : named).slice(0, RULES_MAX);
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/"([a-z]\w*)"/g)].map(([, name]) => name ?? '');
}

function misspeltNames(
  { text }: FailedExpression,
  testFile: string,
  rules: readonly ObservedRule[],
): TestFailure['misspelt'] {
  const own = rules.filter(({ bundle }) => testFile.startsWith(`${bundle}/`)).map(({ name }) => name);
  return namesIn(text).flatMap((written) => {
    const near = own.includes(written) ? undefined : nearestName(written, own);
    return near === undefined ? [] : [{ written, near }];
  });
}

/** Of each body of a rule, by its head, the condition that failed last. */
function conditionsOf(heads: readonly string[], trace: TracedTest['trace']) {
  const queries = new Map(
    trace
      .filter(({ Op, Location }) => Op === 'Enter' && heads.includes(`${Location.file}:${Location.row}`))
      .map(({ QueryID, Location }) => [QueryID, `${Location.file}:${Location.row}`]),
  );
  const last = new Map<string, TracedTest['trace'][number]>();
  for (const event of trace) {
    const head = event.Op === 'Fail' ? queries.get(event.QueryID) : undefined;
    if (head !== undefined) last.set(head, event);
  }
  return [...last.values()].slice(0, CONDITIONS_MAX);
}
