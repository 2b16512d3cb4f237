import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../engine.ts';
import { makeRelease } from '../testing/release.ts';
import { policyFailure, result, ScriptedReference } from '../testing/scripted-engine.ts';
import { failed } from '../unevaluated.ts';
import { compareEvaluations, compareWithReference } from './difference.ts';

const release = makeRelease('1.0.0+aaa');
const other = makeRelease('2.0.0+bbb');
const VERSION = release.policyVersion;
const undefinedBy = (engine: 'sidecar' | 'embedded', revision = VERSION): Evaluation => ({
  kind: 'undefined',
  revision,
  engine,
});
const timeout = failed('evaluation_timeout', undefined);
const value = (it: unknown) => result('sidecar', release, it);
const own = (it: unknown) => result('embedded', release, it);

describe('two evaluations of one text', () => {
  test.each<[string, Evaluation, Evaluation, string]>([
    ['equal documents', value({ a: [1, 2], b: null }), own({ b: null, a: [1, 2] }), 'same'],
    ['another value', value({ allow: false }), own({ allow: true }), 'outcome'],
    ['another order', value([1, 2]), own([2, 1]), 'outcome'],
    ['text for a number', value(1), own('1'), 'outcome'],
    ['a key more', value({}), own({ allow: true }), 'outcome'],
    ['nothing where OPA has a value', value(false), undefinedBy('embedded'), 'outcome'],
    ['a value where OPA has nothing', undefinedBy('sidecar'), own(false), 'outcome'],
    ['nothing twice', undefinedBy('sidecar'), undefinedBy('embedded'), 'same'],
    ['a failure of policy where OPA has a value', value(1), policyFailure('embedded'), 'fail_closed'],
    ['the same where OPA has nothing', undefinedBy('sidecar'), policyFailure('embedded'), 'fail_closed'],
    ['a value where policy fails in OPA', policyFailure('sidecar'), own(1), 'outcome'],
    ['policy that fails in both', policyFailure('sidecar'), policyFailure('embedded', 'other.rego'), 'same'],
    ['OPA too late', timeout, own(1), 'unknown'],
    [
      'OPA gone, and a failure of policy',
      failed('policy_unavailable', 1),
      policyFailure('embedded'),
      'unknown',
    ],
    ['the embedded engine too late', value(1), timeout, 'unknown'],
    ['OPA with another release', result('sidecar', other, 1), own(2), 'unknown'],
    ['the same, and a failure of policy', result('sidecar', other, 1), policyFailure('embedded'), 'unknown'],
    ['an undefined of another release', undefinedBy('sidecar', '2.0.0+bbb'), own(2), 'unknown'],
  ])('%s', (_what, expected, embedded, comparison) => {
    expect(compareEvaluations({ expected, embedded }, VERSION)).toBe(comparison);
  });
});

describe('a failure of OPA’s, which names no release, against an answer', () => {
  const trial = { release, entrypoint: 'bailiff/decision', inputText: '{}' } as const;
  const compare = (reference: ScriptedReference) =>
    compareWithReference({ trial, embedded: own(1) }, reference, AbortSignal.timeout(5_000));

  test('is a difference where OPA fails again, between two looks at its release', async () => {
    const reference = new ScriptedReference(VERSION, () => policyFailure('sidecar'));
    expect((await compare(reference)).comparison).toBe('outcome');
    expect(reference.asked).toHaveLength(2);
  });

  test('says nothing where OPA has another release by then', async () => {
    const reference = new ScriptedReference('2.0.0+bbb', () => policyFailure('sidecar'));
    expect((await compare(reference)).comparison).toBe('unknown');
  });

  test('says nothing where OPA takes up the release meanwhile', async () => {
    const reference = new ScriptedReference('2.0.0+bbb', () => {
      reference.revisionNow = VERSION;
      return policyFailure('sidecar');
    });
    expect((await compare(reference)).comparison, 'the second one may stand for it').toBe('outcome');
    const leaving = new ScriptedReference(VERSION, () => {
      if (leaving.asked.length === 2) leaving.revisionNow = '2.0.0+bbb';
      return policyFailure('sidecar');
    });
    expect((await compare(leaving)).comparison).toBe('unknown');
  });

  test('is none where it was the release before that failed', async () => {
    const reference = new ScriptedReference(VERSION, () =>
      reference.asked.length === 1 ? policyFailure('sidecar') : value(1),
    );
    expect(await compare(reference)).toMatchObject({ comparison: 'same', expected: { kind: 'result' } });
  });
});
