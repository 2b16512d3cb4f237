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

  test('has such a pair for every code that the text alone tells', () => {
    const told = new Set(CASES.map(({ code }) => code));
    // OPA tells it, of what the builder stages: its pair stands beside the check of a release.
    expect(Object.keys(LINT_CODES).filter((code) => !told.has(code))).toEqual(['input_type_mismatch']);
  });
});
