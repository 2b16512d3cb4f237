import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { OPA } from '../../../distribution/testing/sample-release.ts';
import { policyTest } from './policy-test.ts';
import { testedSample } from './testing/tested-sample.ts';

beforeAll(() => {
  process.env.BAILIFF_OPA = OPA;
});

const WRONG = {
  'servers/crm/wrong_test.rego':
    'package servers.crm_test\n\nimport data.servers.crm\n\ntest_wrong if "delete" in crm.require_approval with input.action.tool_name as "read <all>"\n',
};
const CASES = {
  'cases/good.yaml':
    'given:\n  agent: { id: bot }\n  action: { tool: crm.read }\ncases:\n  - when: a call\n    answer: { outcome: allow }\n',
  'cases/bad.yaml': 'cases:\n  - when: a call: to nobody\n    answer: { outcome: deny }\n',
};

test('a test that fails says why: its condition with values, the rule, and the command that runs it alone', async () => {
  await using sample = await testedSample(WRONG);
  const junit = join(sample.directory, '..', 'junit.xml');
  const { exitCode, out } = await policyTest(sample.directory, { junit });
  expect(exitCode).toBe(1);
  expect(out).toMatch(/^failed .*wrong_test\.rego:5: servers\.crm_test\.test_wrong$/m);
  expect(out).toMatch(
    /^ {2}why {3}.*wrong_test\.rego:5: does not hold: "delete" in crm\.require_approval with/m,
  );
  expect(out).toMatch(/^ +crm\.require_approval = set\(\)$/m);
  expect(out).toMatch(/^ {2}rule {2}servers\.crm\.delete \(.*crm\.rego:8\) did not fire/m);
  const alone = new RegExp(
    `^ {2}alone \\./bailiff policy test ${sample.directory} --run servers\\.crm_test\\.test_wrong$`,
    'm',
  );
  expect(out).toMatch(alone);
  const xml = await readFile(junit, 'utf8');
  expect(xml).toContain('message="');
  expect(xml).toMatch(/does not hold: &#34;delete&#34; in crm\.require_approval.*&#60;all&#62;/);
  expect(xml).toContain('--run servers.crm_test.test_wrong</failure>');
});

test('the same is told to machines', async () => {
  await using sample = await testedSample(WRONG);
  const { out } = await policyTest(sample.directory, { json: true, run: 'test_wrong' });
  expect(JSON.parse(out).tests).toEqual([
    expect.objectContaining({
      ...{ name: 'servers.crm_test.test_wrong', outcome: 'failed', row: 5 },
      run_alone: expect.stringMatching(/ --run servers\.crm_test\.test_wrong$/),
      why: expect.objectContaining({
        expression: expect.objectContaining({
          ...{ row: 5, values: expect.arrayContaining([{ of: 'crm.require_approval', value: 'set()' }]) },
        }),
        rules: [expect.objectContaining({ id: expect.stringMatching(/crm\.delete$/), fired: false })],
      }),
    }),
  ]);
});

test('tests and cases run alone by a text in their names, and one that nothing has is refused', async () => {
  await using sample = await testedSample({ ...WRONG, 'cases/good.yaml': CASES['cases/good.yaml'] });
  const one = await policyTest(sample.directory, { run: 'test_deletions_ask' });
  expect([one.exitCode, one.out]).toEqual([0, '1 tests passed, 0 failed; 0 cases passed, 0 failed\n']);
  const ofCases = await policyTest(sample.directory, { run: 'a call', json: true });
  expect(JSON.parse(ofCases.out)).toMatchObject({ tests: [], cases: [{ when: 'a call' }] });
  await expect(policyTest(sample.directory, { run: 'nothing' })).rejects.toMatchObject({
    code: 'bad_request',
    detail: expect.stringContaining('No test and no case has "nothing" in its name'),
  });
});

test('a file of cases that cannot be read fails the run, and is told as not read', async () => {
  await using sample = await testedSample({ 'cases/bad.yaml': CASES['cases/bad.yaml'] });
  const { exitCode, out } = await policyTest(sample.directory, {});
  expect(exitCode).toBe(1);
  expect(out).toMatch(/cases\/bad\.yaml:2: error document_invalid: .*colon/);
  expect(out).toMatch(/^not read .*cases\/bad\.yaml: none of its cases was run$/m);
  expect(out).toMatch(/; 1 file of cases not read; .* to mend\n$/);
  const told = JSON.parse((await policyTest(sample.directory, { json: true })).out);
  expect(told.case_files_not_read).toEqual([expect.stringMatching(/cases\/bad\.yaml$/)]);
});

test.each([
  'test_deletions_ask',
  'nothing',
])('a file of cases that cannot be read fails a run of what is called %s alone, too', async (only) => {
  await using sample = await testedSample({ 'cases/bad.yaml': CASES['cases/bad.yaml'] });
  const { exitCode, out } = await policyTest(sample.directory, { run: only });
  expect(exitCode).toBe(1);
  expect(out).toMatch(/cases\/bad\.yaml:2: error document_invalid: .*colon/);
  expect(out).toMatch(/^not read .*cases\/bad\.yaml: none of its cases was run$/m);
  expect(out).toMatch(/; 1 file of cases not read; 1 to mend\n$/);
});
