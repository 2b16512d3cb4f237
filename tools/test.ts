/**
 * Everything CI runs, in the order of speed: format, lint, types; policy tests under real OPA; then unit, conformance,
 * architecture and journey tests. Arguments narrow the last part to matching files. What failed is named once more at the end,
 * after what was skipped, where the tail of a log still shows it, and so is what passed only when it was tried again, which is
 * a defect of the test or of what it tests. The last line is `N passed, N failed`.
 */
import { startVitest, type TestCase } from 'vitest/node';
import { type Counts, ROOT, runChecks } from './checks.ts';
import { runPolicyTests } from './policy-tests.ts';

/** In characters, of one failure at the end; above stands the whole of it. */
const LONGEST_MESSAGE = 1000;

/** Tests that may pass at their second try alone: a machine that is slow for a moment makes one late, not several. */
const FLAKY_MAX = 3;

const filters = process.argv.slice(2);
const counts: readonly Counts[] = [
  ...(filters.length === 0 ? [runChecks(), await runPolicyTests()] : []),
  await runVitest(),
];
const passed = counts.reduce((sum, one) => sum + one.passed, 0);
const failures = counts.reduce((sum, one) => sum + one.failed, 0);
const skipped = counts.reduce((sum, one) => sum + (one.skipped ?? 0), 0);
process.stdout.write(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
// A run that executed nothing has shown nothing.
process.exit(failures === 0 && passed > 0 ? 0 : 1);

async function runVitest(): Promise<Counts> {
  const vitest = await startVitest('test', filters, { watch: false, root: ROOT });
  const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
  const states = tests.map((test) => test.result().state);
  const broken = vitest.state.getTestModules().filter((module) => module.errors().length > 0);
  const unhandled = vitest.state.getUnhandledErrors();
  await vitest.close();
  for (const test of tests) {
    if (test.result().state === 'skipped') process.stdout.write(`skipped: ${test.fullName}\n`);
  }
  const flaky = tests.filter((test) => test.diagnostic()?.flaky === true);
  for (const test of flaky) tell('flaky', nameOf(test), test.result().errors ?? []);
  for (const test of tests) {
    if (test.result().state === 'failed') tell('failed', nameOf(test), test.result().errors ?? []);
  }
  for (const module of broken) tell('failed', module.relativeModuleId, module.errors());
  tell('failed', 'outside any test', unhandled);
  const tooFlaky = flaky.length > FLAKY_MAX ? flaky.length : 0;
  return {
    passed: states.filter((state) => state === 'passed').length - tooFlaky,
    failed: states.filter((state) => state === 'failed').length + broken.length + unhandled.length + tooFlaky,
    skipped: states.filter((state) => state === 'skipped').length,
  };
}

function nameOf({ module, fullName }: TestCase): string {
  return `${module.relativeModuleId} > ${fullName}`;
}

function tell(what: 'flaky' | 'failed', name: string, errors: readonly unknown[]): void {
  for (const error of errors) {
    process.stdout.write(`${what}: ${name}: ${messageOf(error).slice(0, LONGEST_MESSAGE)}\n`);
  }
}

/** Some errors have no message of their own: that clearing up failed too hides what failed first. */
function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Object)) return String(thrown);
  const { name, message, error, suppressed } = thrown as Readonly<Record<string, unknown>>;
  const hidden = [suppressed, error].filter((one) => one !== undefined).map(messageOf);
  return [message || name || 'an error without a word', ...hidden].join(' // ');
}
