import { describe, expect, test } from 'vitest';
import { answerOf } from '../../testing/answer-of.ts';
import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { aggregateBuiltins } from './aggregates.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  ['counts code points, not units', 'count', '["a😀é"]', '3'],
  ['counts the keys of an object', 'count', '[{"a": 1, "b": 2}]', '2'],
  [
    'refuses to count a number',
    'count',
    '[1]',
    'count: operand 1 must be one of {array, object, set, string} but got number',
  ],
  ['sums integers exactly', 'sum', '[[9223372036854775807, 1]]', '9223372036854775808'],
  ['sums nothing to 0', 'sum', '[[]]', '0'],
  ['sums fractions as floats of 64 bits', 'sum', '[[0.1, 0.2, 0.3]]', '0.6'],
  ['sums integral floats to an integer', 'sum', '[[1.0, 2]]', '3'],
  [
    'refuses to sum a text',
    'sum',
    '[[1, "a"]]',
    'sum: operand 1 must be array of numbers but got array containing string',
  ],
  ['refuses to sum a number', 'sum', '[1]', 'sum: operand 1 must be one of {set, array} but got number'],
  ['multiplies nothing to 1', 'product', '[[]]', '1'],
  ['multiplies integers exactly', 'product', '[[4294967296, 4294967296, 3]]', '55340232221128654848'],
  ['multiplies fractions as doubles of 53 bits', 'product', '[[0.1, 0.7, 3]]', '0.21000000000000002'],
  ['does not multiply to a negative zero', 'product', '[[0, -1]]', '0'],
  [
    'refuses to multiply null',
    'product',
    '[[1.5, null]]',
    'product: operand 1 must be array of numbers but got array containing null',
  ],
  ['finds the largest of mixed types', 'max', '[[1, "a", null, true]]', '"a"'],
  ['keeps the last spelling of the largest', 'max', '[[1, 1.0]]', '1.0'],
  ['finds no largest of nothing', 'max', '[[]]', 'undefined'],
  ['keeps the last spelling of the least', 'min', '[[1.0, 2, 1]]', '1'],
  [
    'refuses to look for the least in an object',
    'min',
    '[{}]',
    'min: operand 1 must be one of {set, array} but got object',
  ],
];

testAnswers('aggregates', aggregateBuiltins, ANSWERS);

describe('aggregates', () => {
  test('refuses to compute integers of millions of digits', () => {
    const numbers = Array.from({ length: 130 }, () => '1e10000');
    expect(() => answerOf(aggregateBuiltins, 'product', `[[${numbers}]]`)).toThrow(RangeError);
  });
});
