import { describe, expect, test } from 'vitest';
import { LINT_CODES } from './codes/lint-codes.ts';
import { ARGUMENT_CASES } from './testing/argument-cases.ts';
import { BUNDLE_CASES } from './testing/bundle-cases.ts';
import { CONDITION_CASES, rule } from './testing/condition-cases.ts';
import { lintBundle } from './testing/lint-bundle.ts';
import { METADATA_CASES } from './testing/metadata-cases.ts';

const CASES = [...CONDITION_CASES, ...ARGUMENT_CASES, ...METADATA_CASES, ...BUNDLE_CASES];

describe('lint', () => {
  test.each(CASES)('$code finds $what, and not what is close to it', async ({
    code,
    but,
    says = '',
    what: _,
    ...found
  }) => {
    const [findings, close] = [await lintBundle(found), await lintBundle(but)];
    const own = findings.filter((finding) => finding.code === code);
    expect(own.length, JSON.stringify(findings)).toBeGreaterThan(0);
    expect(own[0]?.detail).toContain(says);
    expect(own[0]?.mend).not.toBe('');
    expect(own[0]?.row).toBeGreaterThan(0);
    expect(own[0]?.severity).toBe(LINT_CODES[code]?.severity);
    expect(close.filter((finding) => finding.code === code)).toEqual([]);
  });

  test('says how to refuse what is no number where an argument that may be missing is compared by order', async () => {
    const rego = rule('amount := input.action.args.amount\namount > 100');
    const own = (await lintBundle({ rego })).filter(({ code }) => code.startsWith('argument_'));
    expect(own.map(({ code }) => code)).toEqual(['argument_missing_silences']);
    const body = 'deny contains "x" if not is_number(object.get(input.action.args, "amount", null))';
    expect(own[0]?.mend).toContain(body);
    const mended = await lintBundle({ rego: `${rego}\n\n${body}` });
    expect(mended.filter(({ code }) => code.startsWith('argument_'))).toEqual([]);
  });

  test.each([
    ['not input.user.id', '`input.user.id == ""`'],
    ['not input.action.model', '`input.action.model == ""`'],
    ['null == input.user.id', '`input.user.id == ""`'],
    ['not input.agent.chain', '`count(input.agent.chain) == 0`'],
    ['not input.action.args', '`count(input.action.args) == 0`'],
    ['not input.context.turn_count', '`input.context.turn_count == 0`'],
    ['not input.user.kind', '"human", "service", "none"'],
    ['not input.agent.id', 'never empty either'],
    ['not input.user', 'the field of it that is meant'],
  ])('says what to write instead of %s', async (condition, instead) => {
    const own = (await lintBundle({ rego: rule(condition) })).filter(
      ({ code }) => code === 'rule_never_fires',
    );
    expect(own.map(({ row }) => row)).toEqual([9]);
    expect(own[0]?.mend).toContain(instead);
  });

  test('tells a value that is counted out, and null in its place, once', async () => {
    const findings = await lintBundle({ rego: rule('input.user.kind == null') });
    const own = findings.filter(({ severity }) => severity === 'error');
    expect(own.map(({ code, detail }) => `${code}: ${detail}`)).toEqual([
      'comparison_outside_enum: `input.user.kind` is never null.',
    ]);
  });

  test.each([
    'input.user.id == ""',
    'not input.user.id == ""',
    'not is_null(input.user.id)',
    'input.user.id != null',
    'not input.user.id with input.user.id as false',
    'not input.result',
    'not input.action.args.rows',
    'not input.usage.day',
    'is_null(input.result)',
    'input.result == null\ninput.result in {null}',
  ])('leaves %s alone', async (condition) => {
    const findings = await lintBundle({ rego: rule(condition) });
    expect(findings.filter(({ code }) => code === 'rule_never_fires')).toEqual([]);
  });

  test.each([
    ['input.context.turn_count > "50"', '`input.context.turn_count > 50`'],
    ['"50" >= input.context.turn_count', '`input.context.turn_count <= 50`'],
    ['input.context.turn_count > "many"', '`input.context.turn_count > …`'],
    ['not input.context.turn_count <= "50"', '`input.context.turn_count > 50`'],
    ['input.agent.chain > 3', '`count(input.agent.chain) > 3`'],
    ['input.environment.is_production > 0', '`not input.environment.is_production`'],
    ['input.user.id < 5', '`count(input.user.id) < 5`'],
  ])('says what %s is to be compared with', async (condition, instead) => {
    const own = (await lintBundle({ rego: rule(condition) })).filter(
      ({ code }) => code === 'input_type_mismatch',
    );
    expect(own.map(({ row }) => row)).toEqual([9]);
    expect(own[0]?.mend).toContain(instead);
  });

  test('tells once of a rule with several bodies that nothing runs, where it begins and what to call it', async () => {
    const tests = 'fires if 1 == 2\n\nfires if "x" in own.deny';
    const own = (await lintBundle({ rego: rule('input.agent.scope == "a"'), tests })).filter(
      ({ code }) => code === 'test_never_runs',
    );
    expect(own.map(({ file, row, mend }) => `${file}:${row} ${mend}`)).toEqual([
      'compliance/x_test.rego:5 Name it `test_fires`, or remove it.',
    ]);
  });

  test('says to which file a test that ships is to be moved', async () => {
    const rego = `${rule('input.agent.scope == "a"')}\n\ntest_fires if "x" in deny`;
    const [own] = (await lintBundle({ rego })).filter(({ code }) => code === 'test_ships');
    expect(own?.mend).toBe('Move it to `x_test.rego`.');
  });

  test('tells once of a comparison by order inside of `not`', async () => {
    const rego = `import future.keywords.not\n\n${rule('not input.context.turn_count <= "50"')}`;
    const own = (await lintBundle({ rego })).filter(({ code }) => code === 'input_type_mismatch');
    expect(own.length).toBe(1);
  });

  test('has such a pair for every code that the text alone tells', () => {
    const told = new Set(CASES.map(({ code }) => code));
    expect(Object.keys(LINT_CODES).filter((code) => !told.has(code))).toEqual([]);
  });
});
