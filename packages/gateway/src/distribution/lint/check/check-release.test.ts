import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compliance } from '../../testing/refusal.ts';
import { type Files, KERNEL, metadata, OPA, sampleRelease } from '../../testing/sample-release.ts';
import type { LintFinding } from '../finding.ts';
import { NOW } from '../testing/lint-bundle.ts';
import { checkRelease } from './check-release.ts';
import type { CheckReport } from './report.ts';

const ACME = fileURLToPath(new URL('../../../../../../examples/acme/policy', import.meta.url));
const TOOLS = { opa: OPA, signal: new AbortController().signal, now: NOW };
const M = metadata();

async function checked(files: Files): Promise<CheckReport> {
  await using sample = await sampleRelease(files);
  return await checkRelease(
    { directory: sample.directory, kernel: join(sample.directory, '../kernel') },
    TOOLS,
  );
}

const lineOf = ({ file, row, code }: LintFinding): string => `${file}:${row}: ${code}`;
const errorsIn = ({ findings }: CheckReport): string[] =>
  findings.filter(({ severity }) => severity === 'error').map(lineOf);

describe('the check of a release', () => {
  test('has no error to tell of the example company', async () => {
    const report = await checkRelease({ directory: ACME, kernel: KERNEL }, TOOLS);
    expect(errorsIn(report)).toEqual([]);
    expect(report.isLinted).toBe(true);
  });

  test('tells what the builder refuses beside what lint finds', async () => {
    const report = await checked({
      ...compliance(
        `${M.replace('# title: A rule\n', '')}deny contains "x" if input.action.phase == "reqeust"\n\n${M}allow contains "y" if input.agent.id == "a"`,
      ),
    });
    expect(errorsIn(report)).toEqual([
      'compliance/x.rego:7: comparison_outside_enum',
      'compliance/x.rego:7: rule_title_missing',
      'compliance/x.rego:14: grant_refused',
    ]);
  });

  test('tells what the builder warns of as a warning', async () => {
    const { findings } = await checked({ 'resource/resource.rego': 'package policy.resource\n' });
    expect(findings.map(lineOf)).toContain('resource/bundle.yaml:1: bundle_without_rules');
    expect(findings.find(({ code }) => code === 'bundle_without_rules')?.severity).toBe('warning');
  });

  test('has OPA look for values of another type than the field has', async () => {
    const of = (value: string) =>
      checked(compliance(`${M}deny contains "x" if input.context.turn_count == ${value}`));
    expect(errorsIn(await of('"60"'))).toEqual(['compliance/x.rego:8: input_type_mismatch']);
    expect(errorsIn(await of('60'))).toEqual([]);
  });

  test('tells of an object under a set’s name once, where it stands', async () => {
    const files = compliance(`${M}deny["x"] if input.action.server == "crm"`);
    const report = await checked({
      ...files,
      'compliance/y.rego': `package policy.compliance\n\n${M}deny contains "y"\n`,
    });
    expect(errorsIn(report)).toEqual(['compliance/x.rego:8: rule_set_malformed']);
  });

  test('judges overrides by the rules of the release', async () => {
    const override = (lifts: string) => ({
      'overrides/data.yaml': [
        'overrides:',
        `  - { id: o-1, lifts: [${lifts}], scope: { agents: [bot] }, ticket: T-1, requested_by: ada, approved_by: [bea, cem],`,
        '      not_before: "2026-11-20T00:00:00Z", expires_at: "2026-11-26T00:00:00Z",',
        '      justification: The provider moves its region in this very week. }',
        '',
      ].join('\n'),
    });
    expect(errorsIn(await checked(override('compliance.rows')))).toEqual([]);
    expect(errorsIn(await checked(override('compliance.no_such_rule')))).toEqual([
      'overrides/data.yaml:2: override_dropped',
    ]);
    const hard = compliance(`${M}deny contains "hard" if input.agent.id == "a"`);
    expect(errorsIn(await checked({ ...hard, ...override('compliance.hard') }))).toEqual([
      'overrides/data.yaml:2: override_dropped',
    ]);
  });

  test('takes an argument as present where the approved definition of the tool requires it', async () => {
    const definitions = (required: string) => ({
      'release.yaml': [
        ...[
          'name: sample',
          'version: 1.2.3',
          'catalogue: catalogue.yaml',
          'tool_pins: tool-pins.yaml',
          'bundles:',
        ],
        ...['  identity: { path: identity }', '  compliance: { path: compliance }'],
        ...['servers_without_bundle: [crm, everything]', ''],
      ].join('\n'),
      'tool-pins.yaml': '{}\n',
      'tool-definitions.yaml': `crm: { read: { name: read, inputSchema: { properties: { rows: { type: integer } }, required: [${required}] } } }\n`,
    });
    const silenced = async (required: string) =>
      (await checked(definitions(required))).findings.filter(
        ({ code }) => code === 'argument_missing_silences',
      );
    expect(await silenced('rows')).toEqual([]);
    expect((await silenced('')).map(lineOf)).toEqual([
      'compliance/compliance.rego:9: argument_missing_silences',
    ]);
  });

  test('tells of a canary that names a team of no agent, of a rule and of releases', async () => {
    const release = (rollout: string) => [
      ...['name: sample', 'version: 1.2.3', 'catalogue: catalogue.yaml', 'bundles:'],
      ...['  identity: { path: identity }', '  compliance: { path: compliance }'],
      ...['servers_without_bundle: [crm, everything]', rollout, ''],
    ];
    const found = async (rollout: string, canary: string) => {
      const { findings, isLinted } = await checked({
        'release.yaml': release(rollout).join('\n'),
        ...compliance(
          `${metadata('r', ['mode: canary', `canary: ${canary}`])}deny contains "x" if input.agent.id == "a"`,
        ),
      });
      expect(isLinted).toBe(true);
      return findings
        .filter(({ code }) => code === 'canary_covers_nobody')
        .map((finding) => `${lineOf(finding)} ${finding.mend}`);
    };
    expect(await found('rollout: { canary: { teams: [cx] } }', '{ teams: [cx] }')).toEqual([]);
    expect(await found('rollout:\n  canary: { teams: [cxx] }', '{ teams: [sales] }')).toEqual([
      'compliance/x.rego:10: canary_covers_nobody Name a team that owns agents: cx.',
      'release.yaml:9: canary_covers_nobody Did you mean `cx`?',
    ]);
    expect((await found('rollout: { canary: { share: 0 } }', '{ share: 0 }')).length).toBe(2);
  });

  test('tells of a rule of the library at the row of the manifest that takes it, with what to write there', async () => {
    const manifest = (library: string) =>
      `name: resource\nversion: 1.0.0\nowner: platform\nlibrary:\n${library}`;
    const found = async (library: string) =>
      (await checked({ 'resource/bundle.yaml': manifest(library) })).findings.filter(
        ({ code }) => code === 'mode_without_end',
      );
    const [ofAll] = await found('  argument_size:\n    mode: watch\n');
    expect(ofAll).toMatchObject({
      file: 'resource/bundle.yaml',
      row: 5,
      mend: 'Add `watch_until: <date>`, or enforce the rule. It is a rule of the library: write it here, under `library.argument_size`.',
    });
    const [alone] = await found('  argument_size:\n    rules:\n      argument_size: { mode: watch }\n');
    expect(alone).toMatchObject({ file: 'resource/bundle.yaml', row: 7 });
    expect(alone?.mend).toContain('under `library.argument_size.rules.argument_size`');
  });

  test('goes no further than a file that does not parse, and says so', async () => {
    const report = await checked(compliance('deny contains if'));
    expect(errorsIn(report)).toContain('compliance/x.rego:3: rego_parse_error');
    expect(report.isLinted).toBe(false);
  });

  test('says why a test does not compile, where no test shows its rule', async () => {
    const files = (imported: string) => ({
      ...compliance(`${M}deny contains "x" if input.agent.id == "a"`),
      'compliance/x_test.rego': `package policy.compliance_test\n${imported}\ntest_x if "x" in compliance.deny with input.agent.id as "a"\n\ntest_y if not "x" in compliance.deny with input.agent.id as "b"\n`,
    });
    const { findings } = await checked(files(''));
    expect(findings.find(({ file }) => file === 'compliance/x_test.rego')).toMatchObject({
      ...{ row: 3, code: 'rego_unsafe_var_error', severity: 'error' },
      mend: expect.stringContaining('`import data.policy.compliance`'),
    });
    expect(errorsIn(await checked(files('import data.policy.compliance')))).toEqual([]);
  });

  test('names a test that does not parse, and lints the rest', async () => {
    const report = await checked({
      ...compliance(`${M}deny contains "x" if input.action.phase == "reqeust"`),
      'compliance/x_test.rego': 'package policy.compliance_test\n\ntest_ if {',
    });
    expect(errorsIn(report)).toContain('compliance/x.rego:8: comparison_outside_enum');
    expect(errorsIn(report).some((line) => line.startsWith('compliance/x_test.rego'))).toBe(true);
  });
});

describe('hostile sources', () => {
  const DEEP = 600;
  test.each([
    ['nested arrays', `x := ${'['.repeat(DEEP)}1${']'.repeat(DEEP)}`],
    ['nested comprehensions', `x := ${'[1 | '.repeat(100)}true${']'.repeat(100)}`],
    ['a chain of calls', `x := ${'lower('.repeat(200)}"a"${')'.repeat(200)}`],
    ['a long body', `${M}deny contains "x" if {\n${'\tinput.action.args.a != "b"\n'.repeat(4_000)}}`],
    [
      'a chain of assignments',
      `${M}deny contains "x" if {\n\tv0 := input.action.args.a\n${Array.from({ length: 500 }, (_, at) => `\tv${at + 1} := v${at}\n`).join('')}\tv500 == "b"\n}`,
    ],
    [
      'many alternatives that depend on each other',
      `${M}deny contains "x" if h0\n\n${Array.from({ length: 60 }, (_, at) => `h${at} if h${at + 1}\n\nh${at} if not h${at + 1}\n\n`).join('')}h60 if input.action.args.a`,
    ],
    ['a recursive function', `${M}deny contains "x" if f(input.action.args.a)\n\nf(a) if f(a)`],
    [
      'names of prototypes',
      `${M}deny contains "x" if input.action.args.__proto__ == input.action.args.constructor\n\nconstructor := data.policy.compliance.toString`,
    ],
  ])(
    '%s end in findings',
    async (_what, text) => {
      const report = await checked(compliance(text));
      for (const { code, file } of report.findings)
        expect([typeof code, typeof file]).toEqual(['string', 'string']);
    },
    60_000,
  );
});
