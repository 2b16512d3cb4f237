import { describe, expect, test } from 'vitest';
import { LINT_CODES } from './codes/lint-codes.ts';
import { BUNDLE_CASES } from './testing/bundle-cases.ts';
import { CONDITION_CASES } from './testing/condition-cases.ts';
import { lintBundle } from './testing/lint-bundle.ts';

const CASES = [...CONDITION_CASES, ...BUNDLE_CASES];

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

  test('has such a pair for every code that the text alone tells', () => {
    const told = new Set(CASES.map(({ code }) => code));
    // OPA tells it, of what the builder stages: its pair stands beside the check of a release.
    expect(Object.keys(LINT_CODES).filter((code) => !told.has(code))).toEqual(['input_type_mismatch']);
  });
});
