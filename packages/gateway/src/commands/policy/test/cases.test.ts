import { beforeAll, describe, expect, test } from 'vitest';
import { metadata, OPA } from '../../../distribution/testing/sample-release.ts';
import { policyTest } from './policy-test.ts';
import { testedSample } from './testing/tested-sample.ts';

beforeAll(() => {
  process.env.BAILIFF_OPA = OPA;
});

const GIVEN = `given:
  agent: { id: bot }
  user: { id: mara }
  action: { tool: crm.read, args: { rows: 5 } }
`;

interface CaseJson {
  readonly when: string;
  readonly outcome: string;
  readonly mismatches: readonly {
    readonly field: string;
    readonly expected: unknown;
    readonly got: unknown;
  }[];
  readonly decided: { readonly outcome: string };
}

/** Runs cases, as the text of a file gives them, against the sample. */
async function runCases(text: string, more: Readonly<Record<string, string>> = {}) {
  await using sample = await testedSample({ 'cases/all.yaml': text, ...more });
  const { exitCode, out } = await policyTest(sample.directory, { json: true });
  const { cases, findings } = JSON.parse(out) as {
    readonly cases: readonly CaseJson[];
    readonly findings: readonly { file: string; row: number; code: string; detail: string; mend: string }[];
  };
  return { exitCode, cases, findings };
}

describe('a case', () => {
  test('is decided by kernel and all bundles, and compared in what it says alone', async () => {
    const { exitCode, cases } = await runCases(`${GIVEN}cases:
  - when: few rows
    answer: { outcome: allow }
  - when: few rows, all of it said
    answer:
      outcome: allow
      reasons: [tool_granted, agent_known]
      because: [resource.tool_granted, identity.agent_known]
      obligations: []
      resolution: 7
  - when: many rows
    input: { action: { args: { rows: 51 } } }
    answer:
      outcome: deny
      reasons: [too_many_rows]
      because: [compliance.rows]
      message: A rule
      resolution: 3
  - when: nobody granted it
    input: { action: { tool: crm.other } }
    answer: { outcome: deny, reasons: [no_grant_what], because: [], resolution: 4 }
`);
    expect(cases.map(({ outcome, mismatches }) => [outcome, mismatches])).toEqual(
      Array.from({ length: 4 }, () => ['passed', []]),
    );
    expect(exitCode).toBe(0);
  });

  test('that is decided otherwise fails, with what was expected, what came, and who decided', async () => {
    await using sample = await testedSample({
      'servers/crm/first_cases.yaml': `${GIVEN}cases:
  - when: many rows
    input: { action: { args: { rows: 51 } } }
    answer: { outcome: allow, because: [identity.agent_known], remediation: ask_less }
`,
    });
    const { exitCode, out } = await policyTest(sample.directory, {});
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^failed .*servers\/crm\/first_cases\.yaml:6: many rows$/m);
    expect(out).toContain('expected outcome allow\n  got      outcome deny\n');
    expect(out).toContain('expected because identity.agent_known\n  got      because compliance.rows\n');
    expect(out).toContain('expected remediation ask_less\n  got      remediation none\n');
    expect(out).toContain('by       compliance.rows (deny, owners): A rule');
    expect(out).toContain('0 cases passed, 1 failed');
  });

  test('shows a rule in its canary firing by an agent inside, and outside it is only watched', async () => {
    const canary = ['mode: canary', 'canary: { share: 0, teams: [ops] }'];
    await using sample = await testedSample({
      'compliance/tried.rego': `package policy.compliance\n\n${metadata('tried', canary)}deny contains "tried" if input.action.args.rows == 7\n`,
      'cases/canary.yaml': `${GIVEN}cases:
  - when: inside
    input: { agent: { id: bot, owner_team: ops }, action: { tool: crm.read, args: { rows: 7 } } }
    answer: { outcome: deny, because: [compliance.tried] }
  - when: inside, another number
    input: { agent: { id: bot, owner_team: ops }, action: { tool: crm.read, args: { rows: 8 } } }
    answer: { outcome: allow }
  - when: outside
    input: { action: { tool: crm.read, args: { rows: 7 } } }
    answer: { outcome: allow }
`,
    });
    const { exitCode, out } = await policyTest(sample.directory, { json: true });
    const { rules, findings } = JSON.parse(out) as {
      readonly rules: readonly { readonly id: string }[];
      readonly findings: readonly unknown[];
    };
    expect(findings).toEqual([]);
    expect(exitCode).toBe(0);
    expect(rules.find(({ id }) => id === 'compliance.tried')).toMatchObject({
      fires_in: 'the case “inside”',
      silent_in: 'the case “inside, another number”',
    });
  });

  test('that cannot be decided says where evaluating failed', async () => {
    const { cases, exitCode } = await runCases(
      `${GIVEN}cases:\n  - when: no number\n    input: { action: { args: { rows: 1, amount: many } } }\n    answer: { outcome: deny }\n`,
      {
        'compliance/fails.rego': `package policy.compliance\n\n${metadata('fails')}deny contains "fails" if to_number(input.action.args.amount) > 5\n`,
      },
    );
    expect(exitCode).toBe(1);
    expect(cases).toEqual([
      expect.objectContaining({
        outcome: 'failed',
        decided: { failed: expect.stringMatching(/^evaluation_error at .*compliance\/fails\.rego:8$/) },
      }),
    ]);
  });

  test('has the rest of its input from directory, catalogue and time', async () => {
    const { findings, cases } = await runCases(
      `given: { agent: { id: bot }, user: { id: mara } }
cases:
  - when: all is known
    input: { action: { tool: crm.read }, environment: { time: "2026-12-24T18:30:00Z" } }
    answer: { outcome: deny, reasons: [as_expected] }
  - when: what is said holds
    input: { agent: { scope: sales }, action: { tool: crm.read, blast_radius: high } }
    answer: { outcome: deny, reasons: [no_grant_what] }
`,
      {
        'compliance/facts.rego': `package policy.compliance

${metadata('as_expected')}deny contains "facts" if {
	input.agent == {"id": "bot", "scope": "support", "owner_team": "cx", "version": "unknown", "chain": []}
	input.user == {"id": "mara", "kind": "human", "groups": ["support"], "data_classifications_authorized": []}
	input.action.target == {"kind": "tool", "id": "crm.read"}
	input.action.effects == ["read"]
	input.action.data_classes_referenced == []
	input.environment.weekday == "thursday"
	input.environment.minute_of_day == 1110
}
`,
      },
    );
    expect(cases.map(({ outcome, mismatches }) => [outcome, mismatches])).toEqual([
      ['passed', []],
      ['passed', []],
    ]);
    expect(findings).toEqual([]);
  });

  test('names what it acts on as people do: a model, a subagent, a resource or prompt of a server', async () => {
    const { exitCode, cases } = await runCases(
      `given: { agent: { id: bot }, action: { tool: crm.read } }
cases:
  - { when: a model, input: { action: { model: small } }, answer: { outcome: deny, reasons: [model_call_small_] } }
  - { when: a subagent, input: { action: { subagent: helper } }, answer: { outcome: deny, reasons: [subagent_call_helper_agents] } }
  - { when: a resource, input: { action: { server: crm, resource: crm } }, answer: { outcome: deny, reasons: [resource_read_crm_crm] } }
  - { when: a prompt, input: { action: { server: crm, prompt: crm } }, answer: { outcome: deny, reasons: [prompt_get_crm_crm] } }
`,
      {
        'compliance/named.rego': `package policy.compliance

named := concat("_", [input.action.type, input.action.target.id, input.action.server])

${['model_call_small_', 'subagent_call_helper_agents', 'resource_read_crm_crm', 'prompt_get_crm_crm']
  .map((name, index) => `${metadata(name)}deny contains "n${index}" if named == "${name}"\n`)
  .join('\n')}`,
      },
    );
    // The subagent has no bundle, so that nothing is decided about it.
    expect(cases.map(({ outcome }) => outcome)).toEqual(['passed', 'failed', 'passed', 'passed']);
    expect(cases[1]?.decided).toMatchObject({ outcome: 'deny', metadata: { resolution: 1 } });
    expect(exitCode).toBe(1);
  });

  test('shows rules both ways as a test does', async () => {
    const { findings } = await runCases(
      `${GIVEN}cases:
  - { when: a deletion, input: { action: { tool: crm.delete } }, answer: { outcome: deny, reasons: [no_grant_what] } }
  - { when: an approved kind of call, answer: { outcome: allow } }
`,
      { 'servers/crm/crm_test.rego': 'package servers.crm_test\n' },
    );
    // What asks for approval shows in an allow alone, whether it does not fire.
    expect(findings.map(({ code, detail }) => [code, detail])).toEqual([
      [
        'test_firing_missing',
        'The rule `delete` fires in the case “a deletion”, and no test would fail if it did not.',
      ],
    ]);
  });
});

const MISTAKES = [
  ['a key that nothing has', 'answer: { outcome: deny, reason: x }', 'key_unknown'],
  ['an outcome that there is not', 'answer: { outcome: no }', 'value_invalid'],
  ['no answer', 'input: {}', 'key_missing'],
  [
    'an input that policy never sees',
    'input: { action: { args: 5 } }\n    answer: { outcome: deny }',
    'value_invalid',
  ],
  ['nothing to act on', 'input: { agent: { id: bot } }\n    answer: { outcome: deny }', 'case_input_invalid'],
  [
    'nobody who acts',
    'input: { action: { tool: crm.read } }\n    answer: { outcome: deny }',
    'case_input_invalid',
  ],
  [
    'a rule that the release has not',
    'answer: { outcome: deny, because: [compliance.row] }\n    input: { agent: { id: bot }, action: { tool: crm.read, args: { rows: 51 } } }',
    'case_name_unknown',
  ],
] as const;

test('mistakes in files of cases are told with file and row, and other files are read all the same', async () => {
  const deep = `cases: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`;
  const files = Object.fromEntries(
    MISTAKES.map(([when, text], index) => [
      `cases/${index}.yaml`,
      `cases:\n  - when: ${when}\n    ${text}\n`,
    ]),
  );
  const { exitCode, cases, findings } = await runCases(
    `${GIVEN}cases:\n  - { when: sound, answer: { outcome: allow } }\n`,
    { ...files, 'cases/deep.yaml': deep },
  );
  expect(exitCode).toBe(1);
  expect(cases.filter(({ when }) => when === 'sound')).toMatchObject([{ outcome: 'passed' }]);
  for (const [index, [when, , code]] of MISTAKES.entries()) {
    const found = findings.filter(({ file }) => file.endsWith(`cases/${index}.yaml`));
    expect([when, found.map((finding) => [finding.code, finding.row])]).toEqual([
      when,
      [[code, code === 'key_missing' ? 2 : 3]],
    ]);
  }
  expect(findings.find(({ code }) => code === 'case_name_unknown')?.mend).toBe(
    'Did you mean `compliance.rows`?',
  );
  expect(findings.filter(({ file }) => file.endsWith('cases/deep.yaml'))).toMatchObject([
    { code: 'document_invalid' },
  ]);
});
