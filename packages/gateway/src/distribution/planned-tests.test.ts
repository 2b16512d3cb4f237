import { expect, test } from 'vitest';
import { planTests } from './planned-tests.ts';
import { buildSample, OPA } from './testing/sample-release.ts';

const signal = AbortSignal.timeout(60_000);

const planned = async (text: string) => {
  const built = await buildSample({
    'compliance/compliance_test.rego': undefined,
    'compliance/own_test.rego': `package policy.compliance_test\n\n${text}`,
  });
  return planTests(built, { opa: OPA, signal });
};
const outcomes = async (text: string) =>
  (await planned(text))?.tests.filter(({ name }) => name.startsWith('policy.compliance_test.'));

test('each test is an entrypoint, with what OPA found', async () => {
  const tests = await outcomes(
    'test_true if true\n\ntest_undefined if false\n\ntest_false := false\n\ntest_one := 1\n',
  );
  expect(tests).toEqual(
    expect.arrayContaining([
      {
        name: 'policy.compliance_test.test_true',
        entrypoint: 'policy/compliance_test/test_true',
        passed: true,
      },
      { name: 'policy.compliance_test.test_undefined', entrypoint: expect.anything(), passed: false },
      { name: 'policy.compliance_test.test_false', entrypoint: expect.anything(), passed: false },
      { name: 'policy.compliance_test.test_one', entrypoint: expect.anything(), passed: false },
    ]),
  );
  expect(tests).toHaveLength(4);
});

test('what OPA tells more of than a value is left out: several cases, the same name twice, what is to be done', async () => {
  const tests = await outcomes(`test_cases[note] if {
	some note, n in {"one": 1, "two": 2}
	n == 1
}

test_twice if true

test_twice if false

todo_test_later if false

test_plain if true
`);
  expect(tests?.map(({ name }) => name)).toEqual(['policy.compliance_test.test_plain']);
});

test('tests that do not compile are none', async () => {
  expect(await planned('test_x if time.now_ns() > 0\n')).toBeUndefined();
});

test('a release without tests has none', async () => {
  const built = await buildSample({ 'compliance/compliance_test.rego': undefined });
  const bundles = built.sources.bundles.map((bundle) => ({ ...bundle, tests: [] }));
  expect(
    await planTests({ ...built, sources: { ...built.sources, bundles } }, { opa: OPA, signal }),
  ).toBeUndefined();
});
