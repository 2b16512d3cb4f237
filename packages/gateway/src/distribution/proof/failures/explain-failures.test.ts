import { expect, test } from 'vitest';
import { buildRelease } from '../../build-release.ts';
import { listTests } from '../../bundle-tests.ts';
import { type Files, KERNEL, OPA, sampleRelease } from '../../testing/sample-release.ts';
import type { ObservedRule } from '../observed-modules.ts';
import { explainFailures } from './explain-failures.ts';

const signal = new AbortController().signal;

const ROWS: ObservedRule = {
  ...{ id: 'compliance.rows', bundle: 'compliance', kind: 'deny', name: 'rows' },
  ...{ file: 'compliance/compliance.rego', row: 9, heads: ['compliance/compliance.rego:9'] },
  seen: 'data.policy.compliance.bailiff_seen_deny',
};

/** What is said of the tests in a file of the sample’s compliance bundle, by their names. */
async function explained(tests: string, files: Files = {}) {
  await using sample = await sampleRelease({
    'compliance/odd_test.rego': `package policy.odd_test\n\nimport data.policy.compliance\n\n${tests}`,
    ...files,
  });
  const built = await buildRelease({ directory: sample.directory, kernel: KERNEL, opa: OPA });
  const listed = await listTests(built, { opa: OPA, signal });
  const failures = await explainFailures(built, { tests: listed, rules: [ROWS] }, { opa: OPA, signal });
  return new Map([...failures].map(([name, why]) => [name.split('.').at(-1), why]));
}

test('the condition that does not hold is told with its values, and what stopped the rule', async () => {
  const failures = await explained(
    'test_many if {\n\tasked := 3\n\t"rows" in compliance.deny with input.action.args.rows as asked\n}\n',
  );
  expect(failures.get('test_many')).toMatchObject({
    expression: {
      ...{ file: 'compliance/odd_test.rego', row: 7, isNegated: false },
      text: '"rows" in compliance.deny with input.action.args.rows as asked',
      values: expect.arrayContaining([
        { of: 'compliance.deny', value: 'set()' },
        { of: 'asked', value: '3' },
      ]),
    },
    rules: [
      {
        ...{ id: 'compliance.rows', hasFired: false },
        failed: [
          {
            file: 'compliance/compliance.rego',
            values: expect.arrayContaining([{ of: 'input.action.args.rows', value: '3' }]),
          },
        ],
      },
    ],
  });
});

test('that a rule fired which was not to is told', async () => {
  const failures = await explained(
    'test_few if not "rows" in compliance.deny with input.action.args.rows as 900\n',
  );
  expect(failures.get('test_few')).toMatchObject({
    expression: {
      text: 'not "rows" in compliance.deny with input.action.args.rows as 900',
      values: [{ of: 'compliance.deny', value: '{"rows"}' }],
    },
    rules: [{ hasFired: true, failed: [] }],
  });
});

test('of `every` the condition within is told, of a test with cases those that failed', async () => {
  const failures = await explained(
    'test_every if {\n\tevery rows in [900, 1] {\n\t\t"rows" in compliance.deny with input.action.args.rows as rows\n\t}\n}\n\ntest_cases[name] if {\n\tsome name, rows in {"few": 1, "many": 900}\n\t"rows" in compliance.deny with input.action.args.rows as rows\n}\n',
  );
  expect(failures.get('test_every')).toMatchObject({
    expression: { row: 7, values: expect.arrayContaining([{ of: 'rows', value: '1' }]) },
  });
  expect(failures.get('test_cases')).toMatchObject({ cases: ['few'] });
});

test('what has no value is told to have none, and a name that is nearly a rule’s is told the rule', async () => {
  const failures = await explained(
    'test_undefined if {\n\tinput.action.rows == 3 with input as {"action": {}}\n}\n\ntest_misspelt if {\n\t"row" in compliance.deny with input.action.args.rows as 900\n}\n\ntest_helper if {\n\tdouble(3) == 5\n}\n\ndouble(x) := y if {\n\tx > 10\n\ty := x * 2\n}\n',
  );
  expect(failures.get('test_undefined')?.expression).toMatchObject({
    text: 'input.action.rows == 3 with input as {"action": {}}',
    values: [{ of: 'input.action.rows', value: 'undefined' }],
  });
  expect(failures.get('test_misspelt')?.misspelt).toEqual([{ written: 'row', near: 'rows' }]);
  expect(failures.get('test_helper')?.expression?.values).toEqual([{ of: 'double(3)', value: 'undefined' }]);
});

test('where OPA tries no condition of a test nothing is made up', async () => {
  const failures = await explained('test_nothing if compliance.nothing == 3\n');
  expect(failures.get('test_nothing')).toEqual({ expression: undefined, cases: [], rules: [], misspelt: [] });
});

test('tests that pass, and more than the first that fail, are not run again', async () => {
  const many = Array.from({ length: 22 }, (_, at) => `test_${at} if 1 == 2\n`).join('\n');
  expect((await explained(`test_fine if true\n\n${many}`)).size).toBe(20);
});
