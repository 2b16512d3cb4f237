import { KernelAnswer } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { decidingRules, mismatchesOf } from './judge-case.ts';

const rule = (id: string, effect: string) => ({
  ...{ rule: id, effect, title: 'A rule', owner: 'o', reason: 'r', remediation: '', appeal_path: '' },
});

function answerOf(resolution: number, outcome: string, more: object = {}): KernelAnswer {
  return KernelAnswer.parse({
    allow: outcome === 'allow',
    outcome,
    reasons: ['one', 'two'],
    ...(outcome !== 'allow' && { message: 'No.' }),
    obligations:
      outcome === 'deny'
        ? []
        : [
            { kind: 'notify', to: ['a'] },
            { kind: 'tag', tags: ['x'] },
          ],
    metadata: {
      ...{ policy_version: '1', bundles: {}, matched_rules: [] },
      rules: [
        ...[rule('compliance.a', 'deny'), rule('compliance.b', 'deny'), rule('w.asks', 'require_approval')],
        ...[rule('w.asks_too', 'require_approval'), rule('i.who', 'allow'), rule('c.met', 'affirm')],
        rule('c.duty', 'oblige'),
      ],
      overrides: [],
      resolution,
      failures: [],
      audit_required: false,
      audit: { level: 'basic', retention_days: 1, controls: [] },
      appeal_path: '',
      mask: {},
      ...more,
    },
  });
}

const NOBODY = { approval: null };
const LIFTED = {
  overrides: [{ id: 'o', lifts: ['compliance.a'], status: 'used', ticket: 't', expires_at: 1 }],
};
const APPROVED = {
  approval: { id: 'x', rules: ['w.asks'], approved_by: ['ana'], expires_at: '2026-01-01T00:00:00Z' },
};

test('the rules that decided are those of the row: not what was lifted, approved, or only matched', () => {
  expect(decidingRules(answerOf(2, 'deny', LIFTED), NOBODY)).toEqual(['compliance.a', 'compliance.b']);
  expect(decidingRules(answerOf(3, 'deny', LIFTED), NOBODY)).toEqual(['compliance.b']);
  expect(decidingRules(answerOf(4, 'deny'), NOBODY)).toEqual([]);
  expect(decidingRules(answerOf(6, 'approval_required'), APPROVED)).toEqual(['w.asks_too']);
  expect(decidingRules(answerOf(7, 'allow'), NOBODY)).toEqual(['i.who', 'c.met']);
});

test('what a case does not say is not compared, and what it says is, in any order', () => {
  const answer = answerOf(7, 'allow');
  const { obligations } = answer;
  expect(mismatchesOf({ outcome: 'allow' }, answer, NOBODY)).toEqual([]);
  expect(
    mismatchesOf(
      { outcome: 'allow', reasons: ['two', 'one'], obligations: obligations.toReversed() },
      answer,
      NOBODY,
    ),
  ).toEqual([]);
  const wrong = { outcome: 'deny', reasons: ['one'], because: [], obligations: [], resolution: 3 } as const;
  const expected = { ...wrong, reasons: [...wrong.reasons], because: [], obligations: [] };
  expect(mismatchesOf(expected, answer, NOBODY).map(({ field }) => field)).toEqual([
    'outcome',
    'reasons',
    'because',
    'obligations',
    'resolution',
  ]);
});
