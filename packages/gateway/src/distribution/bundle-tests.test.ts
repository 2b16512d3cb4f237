import { expect, test } from 'vitest';
import { testBundles } from './bundle-tests.ts';
import { buildSample, metadata, OPA } from './testing/sample-release.ts';

test('passes and failures are told with file and row', async () => {
  const built = await buildSample({
    'servers/crm/crm_test.rego': `package servers.crm_test

test_asks if "delete" in data.servers.crm.require_approval with input.action.tool_name as "delete"

test_wrong if "delete" in data.servers.crm.require_approval with input.action.tool_name as "read"

todo_test_later if false
`,
  });
  const report = await testBundles(built, { opa: OPA });
  expect(report).toMatchObject({ passed: 3, failed: 1, skipped: 1 });
  expect(report.tests.filter(({ outcome }) => outcome === 'failed')).toEqual([
    {
      name: 'servers.crm_test.test_wrong',
      bundle: 'servers/crm',
      file: 'servers/crm/crm_test.rego',
      row: 5,
      outcome: 'failed',
      detail: '',
    },
  ]);
});

test('watched rules are tested under their own names, with the data of the release', async () => {
  const built = await buildSample({
    'compliance/w.rego': `package policy.compliance\n\n${metadata('w', ['mode: watch'])}deny contains "w" if data.policy.compliance.rows_max == 50\n`,
    'compliance/w_test.rego': `package policy.compliance_test\n\ntest_w if "w" in data.policy.compliance.deny\n\ntest_catalogue if data.policy.compliance.catalogue.w.mode == "watch"\n`,
  });
  expect(await testBundles(built, { opa: OPA })).toMatchObject({ passed: 4, failed: 0 });
});

test('a test file that does not compile is a finding', async () => {
  const built = await buildSample({
    'compliance/x_test.rego': 'package policy.compliance_test\n\ntest_x if time.now_ns() > 0\n',
  });
  await expect(testBundles(built, { opa: OPA })).rejects.toMatchObject({
    findings: [{ file: 'compliance/x_test.rego', row: 3, code: 'builtin_refused' }],
  });
});

test('a release without tests has none', async () => {
  const built = await buildSample({ 'compliance/compliance_test.rego': undefined });
  expect(await testBundles(built, { opa: OPA })).toEqual({ passed: 0, failed: 0, skipped: 0, tests: [] });
});

test('files that hold no test but what tests need have none', async () => {
  const built = await buildSample({
    'compliance/compliance_test.rego': 'package policy.compliance_test\n\nfixture := 1\n',
  });
  expect(await testBundles(built, { opa: OPA })).toMatchObject({ passed: 0, failed: 0 });
});
