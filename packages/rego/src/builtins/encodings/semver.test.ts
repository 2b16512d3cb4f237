import { describe, expect, test } from 'vitest';
import { answerOf } from '../../testing/answer-of.ts';
import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { semverBuiltins } from './semver.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  ['compares numbers', 'semver.compare', '["1.10.0","1.9.0"]', '1'],
  ['does not look at metadata', 'semver.compare', '["1.0.0+b","v1.0.0+a"]', '0'],
  ['puts a pre-release below', 'semver.compare', '["1.0.0-rc.1","1.0.0"]', '-1'],
  ['compares numbers of pre-releases as numbers', 'semver.compare', '["1.0.0-a.10","1.0.0-a.9"]', '1'],
  ['puts numbers below names', 'semver.compare', '["1.0.0-1","1.0.0-a"]', '-1'],
  ['puts fewer identifiers below', 'semver.compare', '["1.0.0-a","1.0.0-a.b"]', '-1'],
  ['compares names by character', 'semver.compare', '["1.0.0-B","1.0.0-a"]', '-1'],
  [
    'tells the first that is none',
    'semver.compare',
    '["1.0","x"]',
    'semver.compare: operand 1: string "1.0" is not a valid SemVer',
  ],
  [
    'tells the second that is none',
    'semver.compare',
    '["1.0.0","1.0.\\""]',
    'semver.compare: operand 2: string "1.0.\\"" is not a valid SemVer',
  ],
  [
    'refuses what is no string',
    'semver.compare',
    '["1.0.0",1]',
    'semver.compare: operand 2 must be string but got number',
  ],
  ['takes a version for valid', 'semver.is_valid', '["1.2.3-a.1+b"]', 'true'],
  ['takes a leading zero for invalid', 'semver.is_valid', '["01.2.3"]', 'false'],
  ['takes a number past 64 bits for invalid', 'semver.is_valid', '["9223372036854775808.0.0"]', 'false'],
  ['takes an empty pre-release for invalid', 'semver.is_valid', '["1.0.0-"]', 'false'],
  ['takes what is no string for invalid', 'semver.is_valid', '[1]', 'false'],
];

testAnswers('semantic versions', semverBuiltins, ANSWERS);

describe('semantic versions', () => {
  test('fails the evaluation where the comparison of OPA does not end', () => {
    const operands = '["1.0.0-99999999999999999998", "1.0.0-99999999999999999999"]';
    expect(() => answerOf(semverBuiltins, 'semver.compare', operands)).toThrow('no order');
  });
});
