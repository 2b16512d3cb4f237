import { expect, test } from 'vitest';
import { type PlannedTests, planTests } from '../../distribution/planned-tests.ts';
import { buildSample, OPA } from '../../distribution/testing/sample-release.ts';
import { evaluateTests } from './evaluate-tests.ts';

const signal = AbortSignal.timeout(60_000);

async function planned(text: string): Promise<PlannedTests> {
  const built = await buildSample({
    'compliance/own_test.rego': `package policy.compliance_test\n\n${text}`,
  });
  const tests = await planTests(built, { opa: OPA, signal });
  if (tests === undefined) throw new Error('nothing was planned');
  return tests;
}

const TESTS = `test_true if true

test_false := false

test_number := 1

test_undefined if false

test_failing_built_in if to_number("x") == 1

test_with if input.a == 5 with input.a as 5 with data.b as 6
`;

test('tests of every outcome come out as in OPA', async () => {
  const tests = await planned(TESTS);
  expect(tests.tests.filter(({ passed }) => passed).length).toBeGreaterThanOrEqual(2);
  expect(await evaluateTests(tests, signal)).toEqual({ kind: 'same', compared: tests.tests.length });
});

test('one that passes in one of them only is named', async () => {
  const { bundle, tests } = await planned(TESTS);
  for (const name of ['policy.compliance_test.test_true', 'policy.compliance_test.test_undefined']) {
    const turned = tests.map((one) => (one.name === name ? { ...one, passed: !one.passed } : one));
    expect(await evaluateTests({ bundle, tests: turned }, signal)).toMatchObject({
      kind: 'different',
      test: name,
    });
  }
});

test('a bundle that cannot be read is an error, and so is a stop', async () => {
  await expect(evaluateTests({ bundle: new Uint8Array(3), tests: [] }, signal)).rejects.toThrow(
    'cannot be unpacked',
  );
  const tests = await planned(TESTS);
  const stopping = new AbortController();
  const result = evaluateTests(tests, stopping.signal);
  stopping.abort(new Error('enough'));
  await expect(result).rejects.toThrow('enough');
  await expect(evaluateTests(tests, stopping.signal)).rejects.toThrow('enough');
});

test('this thread goes on meanwhile', async () => {
  const tests = await planned(TESTS);
  let longestMs = 0;
  let lastMs = performance.now();
  const timer = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - lastMs);
    lastMs = performance.now();
  }, 1);
  await evaluateTests(tests, signal);
  clearInterval(timer);
  expect(longestMs).toBeLessThan(500);
});
