import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sampleCase } from '../../../distribution/corpus/testing/sample-case.ts';
import {
  type Files,
  metadata,
  OPA,
  type SampleRelease,
} from '../../../distribution/testing/sample-release.ts';
import { type PolicyTestOptions, policyTest } from './policy-test.ts';
import { testedSample } from './testing/tested-sample.ts';

beforeAll(() => {
  process.env.BAILIFF_OPA = OPA;
});

interface Told {
  readonly rules: readonly {
    readonly id: string;
    readonly fires_in: string | null;
    readonly fired_in: readonly string[];
    readonly silent_in: string | null;
  }[];
  readonly findings: readonly {
    readonly file: string;
    readonly row: number;
    readonly code: string;
    readonly detail: string;
    readonly mend: string;
  }[];
  readonly bundles: readonly {
    readonly bundle: string;
    readonly coverage: number | null;
    readonly cases: number;
  }[];
  readonly cases: readonly { readonly when: string; readonly outcome: string; readonly decided: unknown }[];
  readonly tests: readonly { readonly name: string; readonly outcome: string }[];
  readonly not_covered: readonly { readonly file: string; readonly from: number; readonly to: number }[];
  readonly cases_left_out: number;
}

async function run(sample: SampleRelease, options: PolicyTestOptions = {}) {
  const { exitCode, out, error } = await policyTest(sample.directory, { ...options, json: true });
  return { exitCode, error, told: JSON.parse(out) as Told };
}

async function runWith(files: Files, options: PolicyTestOptions = {}) {
  await using sample = await testedSample(files);
  return await run(sample, options);
}

const codesOf = ({ told }: { readonly told: Told }) =>
  told.findings.map(({ code, detail }) => `${code} ${/`([^`]+)`/.exec(detail)?.[1] ?? ''}`);

describe('policy test', () => {
  test('ends with 0 where each rule is shown both ways, and tells it in a table', async () => {
    await using sample = await testedSample();
    const { exitCode, out } = await policyTest(sample.directory, {});
    expect([exitCode, out]).toEqual([0, expect.stringContaining('9 tests passed, 0 failed')]);
    expect(out).toMatch(/^compliance +2 +0 +1 +1 +1 +100 %$/m);
    expect(out).toContain('4 of 4 rules shown both ways');
  });

  test('tells the results where the file for JUnit cannot be written, and ends with 2', async () => {
    await using sample = await testedSample();
    const junit = join(sample.directory, 'nowhere/junit.xml');
    const { exitCode, out, error } = await policyTest(sample.directory, { junit });
    expect([exitCode, out]).toEqual([2, expect.stringContaining('9 tests passed, 0 failed')]);
    expect(error).toMatch(/^.*nowhere\/junit\.xml cannot be written: ENOENT.*\n$/);
  });

  test('says of each rule which test shows what', async () => {
    const { told } = await runWith({});
    expect(told.rules.find(({ id }) => id === 'compliance.rows')).toEqual({
      ...{ id: 'compliance.rows', bundle: 'compliance', kind: 'deny', row: 9 },
      file: expect.stringMatching(/compliance\/compliance\.rego$/),
      fires_in: 'policy.compliance_test.test_many_rows_are_refused',
      fired_in: ['policy.compliance_test.test_many_rows_are_refused'],
      silent_in: 'policy.compliance_test.test_few_rows_are_not',
    });
  });

  test('finds a rule without tests, with file, row and mend, and ends with 1', async () => {
    const { exitCode, told } = await runWith({ 'servers/crm/crm_test.rego': undefined });
    expect(exitCode).toBe(1);
    expect(told.findings).toEqual([
      {
        ...{ file: expect.stringMatching(/servers\/crm\/crm\.rego$/), row: 8, severity: 'error' },
        code: 'test_firing_missing',
        detail: 'No test makes the rule `delete` fire.',
        mend: expect.stringContaining('"delete" in require_approval'),
        page: 'docs/reference/lint/test_firing_missing.md',
      },
      expect.objectContaining({ row: 8, code: 'test_silence_missing' }),
    ]);
  });

  test('a test that fails or does not compile is told, with its place', async () => {
    const wrong = 'package servers.crm_test\n\ntest_wrong if 1 == 2\n';
    await using sample = await testedSample({ 'servers/crm/crm_test.rego': wrong });
    const { exitCode, out } = await policyTest(sample.directory, {});
    expect(exitCode).toBe(1);
    expect(out).toMatch(/failed .*servers\/crm\/crm_test\.rego:3: servers\.crm_test\.test_wrong/);
    await sample.write({
      'servers/crm/crm_test.rego': 'package servers.crm_test\n\ntest_x if unknown_function(1)\n',
    });
    const broken = await policyTest(sample.directory, {});
    expect([broken.exitCode, broken.error]).toEqual([
      1,
      expect.stringMatching(/crm_test\.rego:3: rego_type_error/),
    ]);
  });

  test('a folder that holds no policy is refused', async () => {
    await using sample = await testedSample();
    await expect(policyTest(join(sample.directory, '..'), {})).rejects.toMatchObject({
      code: 'configuration_invalid',
    });
  });

  test('tests one bundle alone, and says that its cases need a release', async () => {
    await using sample = await testedSample({
      'compliance/rows_cases.yaml': 'cases:\n  - when: x\n    answer: { outcome: deny }\n',
    });
    const { exitCode, out } = await policyTest(join(sample.directory, 'compliance'), {});
    expect([exitCode, out]).toEqual([0, expect.stringContaining('1 case was not run')]);
    expect(out).toContain('1 of 1 rules shown both ways');
  });
});

const { input: DELETION } = sampleCase({ id: 'x', tool: 'crm.delete' });

describe('a rule is shown firing', () => {
  const rule = (tests: string) =>
    runWith({
      'servers/crm/crm_test.rego': `package servers.crm_test\n\nimport data.servers.crm\n\n${tests}`,
    });
  const SILENT =
    'test_silent if not "delete" in crm.require_approval with input.action.tool_name as "read"\n';

  test('only by a test that would fail without it', async () => {
    const unnoticed = await rule(
      `${SILENT}\ntest_looks_elsewhere if count(crm.require_approval) < 5 with input.action.tool_name as "delete"\n`,
    );
    expect(unnoticed.told.findings.map(({ detail }) => detail)).toEqual([
      'The rule `delete` fires in servers.crm_test.test_looks_elsewhere, and no test would fail if it did not.',
    ]);
  });

  test.each([
    [
      'through a function of the tests',
      'asked(tool) := set if set := crm.require_approval with input.action.tool_name as tool\n\ntest_asks if asked("delete") == {"delete"}\n',
    ],
    [
      'through the decision as a whole',
      `test_asks if "servers.crm.delete" in data.bailiff.decision.metadata.matched_rules with input as ${JSON.stringify(DELETION)}\n`,
    ],
    [
      'in one case of several',
      'test_cases[tool] if {\n\tsome tool in {"delete"}\n\t"delete" in crm.require_approval with input.action.tool_name as tool\n}\n',
    ],
  ])('%s', async (_how, tests) => {
    const { told } = await rule(`${SILENT}\n${tests}`);
    expect(told.findings).toEqual([]);
  });

  test('not by a test that fails', async () => {
    const { told } = await rule(
      `${SILENT}\ntest_wrong if crm.require_approval == {"delete", "other"} with input.action.tool_name as "delete"\n`,
    );
    expect(told.findings.map(({ code }) => code)).toEqual(['test_firing_missing']);
  });
});

describe('a rule is shown staying silent', () => {
  const OBJECTIONS = ['a', 'b', 'c']
    .map((name) => `${metadata(name)}deny contains "${name}" if input.action.tool_name == "${name}"\n`)
    .join('\n');
  const rules = (tests: string) =>
    runWith({
      'compliance/more.rego': `package policy.compliance\n\n${OBJECTIONS}`,
      'compliance/more_test.rego': `package policy.compliance_more_test\n\nimport data.policy.compliance\n\n${tests}`,
    });
  const FIRING = ['a', 'b', 'c']
    .map((name) => `test_${name} if "${name}" in compliance.deny with input.action.tool_name as "${name}"\n`)
    .join('\n');

  test('not by every test in which it merely does not fire', async () => {
    expect(codesOf(await rules(FIRING))).toEqual([
      'test_silence_missing a',
      'test_silence_missing b',
      'test_silence_missing c',
    ]);
  });

  test('by a test that names it, and it alone', async () => {
    const named = 'test_not_b if not "b" in compliance.deny with input.action.tool_name as "x"\n';
    expect(codesOf(await rules(`${FIRING}\n${named}`))).toEqual([
      'test_silence_missing a',
      'test_silence_missing c',
    ]);
  });

  test('all of a set by one that says what else is in it', async () => {
    const all = 'test_only_a if compliance.deny == {"a"} with input.action.tool_name as "a"\n';
    expect(codesOf(await rules(`${FIRING}\n${all}`))).toEqual(['test_silence_missing a']);
    const none = 'test_none if compliance.deny == set() with input.action.tool_name as "x"\n';
    expect(codesOf(await rules(`${FIRING}\n${none}`))).toEqual([]);
  });
});

test('where rules cannot be switched, those that fire in no test are found, and it is said what was not measured', async () => {
  await using sample = await testedSample({
    'compliance/certificates.rego': `package policy.compliance

${metadata('chain')}deny contains "chain" if count(crypto.x509.parse_certificates(input.action.args.chain)) > 5
`,
  });
  const { exitCode, out } = await policyTest(sample.directory, {});
  expect(exitCode).toBe(1);
  expect(out).toMatch(/certificates\.rego:8: error test_firing_missing: No test makes the rule `chain` fire/);
  expect(out).toContain('not whether one would fail without: the plan needs what this engine does not have');
  expect(out).toMatch(/^compliance +2 +0 +2 +1 +\? /m);
  expect(out).not.toContain('test_silence_missing');
});

describe('rules of every kind', () => {
  test('duties are shown by their id, a rule of several bodies by any, a watched one under its own name', async () => {
    const { exitCode, told } = await runWith({
      'compliance/kinds.rego': `package policy.compliance

${metadata('kept')}oblige contains {"id": "kept", "kind": "limit", "limits": {"rows": n}} if {
	n := data.policy.compliance.rows_max
	is_number(n)
}

${metadata('either')}deny contains "either" if input.action.tool_name == "one"

deny contains "either" if input.action.tool_name == "two"

${metadata('tried', ['mode: watch'])}deny contains "tried" if input.action.tool_name == "three"
`,
      'compliance/kinds_test.rego': `package policy.compliance_kinds_test

import data.policy.compliance

test_kept if {
	some duty in compliance.oblige
	duty == {"id": "kept", "kind": "limit", "limits": {"rows": 50}}
}

test_nothing_else if compliance.oblige == set() with data.policy.compliance as {"deny": set(), "oblige": set()}

test_not_kept if count(compliance.oblige) == 0 with data.policy.compliance.rows_max as false

test_two if compliance.deny == {"either"} with input.action.tool_name as "two"

test_three if compliance.deny == {"tried"} with input.action.tool_name as "three"
`,
    });
    expect(codesOf({ told })).toEqual([]);
    expect(exitCode).toBe(0);
  });

  test('one that is switched off is not asked for', async () => {
    const { exitCode } = await runWith({
      'compliance/off.rego': `package policy.compliance\n\n${metadata('gone', ['mode: off'])}deny contains "gone" if true\n`,
    });
    expect(exitCode).toBe(0);
  });
});

describe('coverage', () => {
  const HELPER = {
    'servers/crm/more.rego':
      'package servers.crm\n\nunused if {\n\tinput.action.tool_name == "x"\n\tinput.action.phase == "request"\n}\n',
  };

  test('lists what no test evaluates, by file and row', async () => {
    const { exitCode, told } = await runWith(HELPER);
    expect(told.not_covered).toEqual([
      { file: expect.stringMatching(/servers\/crm\/more\.rego$/), from: 3, to: 5 },
    ]);
    expect(exitCode).toBe(0);
    const crm = told.bundles.find(({ bundle }) => bundle === 'servers/crm');
    expect(crm?.coverage).toBeGreaterThan(10);
    expect(crm?.coverage).toBeLessThan(60);
  });

  test('has to be as much as is asked for, by the command or by the bundle itself', async () => {
    const asked = await runWith(HELPER, { minCoverage: 80 });
    expect([asked.exitCode, asked.told.findings]).toEqual([
      1,
      [
        expect.objectContaining({
          code: 'coverage_too_low',
          file: expect.stringMatching(/servers\/crm\/bundle\.yaml$/),
        }),
      ],
    ]);
    const manifest = {
      'servers/crm/bundle.yaml': 'name: servers/crm\nversion: 0.1.0\nowner: sales\nmin_coverage: 80\n',
    };
    expect((await runWith({ ...HELPER, ...manifest })).exitCode).toBe(1);
    expect((await runWith(manifest)).exitCode).toBe(0);
  });
});

describe('policy test --junit', () => {
  test('writes each test and finding, whatever is in its name', async () => {
    await using sample = await testedSample({
      'servers/crm/crm_test.rego': undefined,
      'cases/odd.yaml':
        'cases:\n  - when: "a < \\"b\\" & \\u0007"\n    input: { agent: { id: bot }, action: { tool: crm.read } }\n    answer: { outcome: deny }\n',
    });
    const file = join(sample.directory, '..', 'junit.xml');
    await policyTest(sample.directory, { junit: file });
    const text = await readFile(file, 'utf8');
    expect(text).toContain('<testcase name="policy.compliance_test.test_few_rows_are_not"');
    expect(text).toMatch(
      /<testcase name="a &#60; &#34;b&#34; &#38; \u{FFFD}" [^>]+><failure message="outcome: expected/u,
    );
    expect(text).toMatch(/<testcase name="test_firing_missing" .*<failure/);
    expect(text).toMatch(/<testsuite name="policy" tests="10" failures="3" skipped="0">/);
  });
});
