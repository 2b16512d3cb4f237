import { describe, expect, test } from 'vitest';
import { answerOf } from '../../testing/answer-of.ts';
import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { numberText } from '../../values/big-number.ts';
import type { BuiltinGroup } from '../builtin.ts';
import { arithmeticBuiltins } from './arithmetic.ts';
import { bitsBuiltins } from './bits.ts';
import { comparisonBuiltins } from './comparison.ts';
import { conversionBuiltins } from './conversion.ts';
import { randomBuiltins } from './random.ts';
import { rangeBuiltins } from './ranges.ts';

const builtins: BuiltinGroup = {
  ...bitsBuiltins,
  ...comparisonBuiltins,
  ...conversionBuiltins,
  ...randomBuiltins,
  ...rangeBuiltins,
};

const ANSWERS: readonly RecordedAnswer[] = [
  ['writes an integer in base 16', 'format_int', '[-255, 16]', '"-ff"'],
  [
    'writes large integers exactly',
    'format_int',
    '[18446744073709551617, 2]',
    '"10000000000000000000000000000000000000000000000000000000000000001"',
  ],
  ['cuts fractions', 'format_int', '[-15.9, 16]', '"-f"'],
  ['writes an integral float', 'format_int', '[12.0, 10]', '"12"'],
  ['cuts large floats to 64 bits', 'format_int', '[1e30, 10]', '"1000000000000000000024696061952"'],
  [
    'takes the base by its spelling',
    'format_int',
    '[1, 2.0]',
    'format_int: operand 2 must be one of {2, 8, 10, 16}',
  ],
  ['refuses other bases', 'format_int', '[1, 3]', 'format_int: operand 2 must be one of {2, 8, 10, 16}'],
  ['keeps the spelling of a text', 'to_number', '["1.50"]', '1.50'],
  ['reads null as 0', 'to_number', '[null]', '0'],
  ['reads true as 1', 'to_number', '[true]', '1'],
  [
    'refuses a text that is no number',
    'to_number',
    '["1x\\n"]',
    'to_number: strconv.ParseFloat: parsing "1x\\n": invalid syntax',
  ],
  [
    'refuses a hexadecimal integer',
    'to_number',
    '["0x10"]',
    'to_number: strconv.ParseFloat: parsing "0x10": invalid syntax',
  ],
  [
    'refuses infinity',
    'to_number',
    '["-Infinity"]',
    'to_number: operand 1 must be valid number string but got string',
  ],
  [
    'refuses what overflows a double',
    'to_number',
    '["1e400"]',
    'to_number: strconv.ParseFloat: parsing "1e400": value out of range',
  ],
  ['takes what underflows a double', 'to_number', '["1e-400"]', '1e-400'],
  [
    'refuses what is too small to compute with',
    'to_number',
    '["1e-31000"]',
    'to_number: invalid number: number too big',
  ],
  [
    'refuses an array',
    'to_number',
    '[[1]]',
    'to_number: operand 1 must be one of {null, boolean, number, string} but got array',
  ],
  ['combines bits of negative integers', 'bits.and', '[-6, 13]', '8'],
  ['negates integral floats', 'bits.negate', '[1e3]', '-1001'],
  ['shifts past 64 bits', 'bits.lsh', '[3, 70]', '3541774862152233910272'],
  ['shifts negative integers down', 'bits.rsh', '[-5, 1]', '-3'],
  [
    'refuses to shift by a negative count',
    'bits.lsh',
    '[1, -1]',
    'bits.lsh: operand 2 must be an unsigned integer number but got a negative integer',
  ],
  [
    'refuses bits of a fraction',
    'bits.or',
    '[1, 1.5]',
    'bits.or: operand 2 must be integer number but got floating-point number',
  ],
  ['refuses bits of a text', 'bits.xor', '["a", 1]', 'bits.xor: operand 1 must be integer but got string'],
  ['counts up', 'numbers.range', '[1, 3]', '[1,2,3]'],
  ['counts down', 'numbers.range', '[1, -1]', '[1,0,-1]'],
  [
    'counts past 2^53',
    'numbers.range',
    '[9007199254740992, 9007199254740994]',
    '[9007199254740992,9007199254740993,9007199254740994]',
  ],
  ['counts in steps', 'numbers.range_step', '[1, 10, 4]', '[1,5,9]'],
  [
    'refuses a step of 0',
    'numbers.range_step',
    '[1, 2, 0]',
    'numbers.range_step: numbers.range_step: step must be a positive integer',
  ],
  [
    'refuses a fraction as an end',
    'numbers.range',
    '[1, 2.5]',
    'numbers.range: operand 2 must be integer number but got floating-point number',
  ],
  ['orders values of any types', 'lt', '[null, false]', 'true'],
  ['finds spellings of a number equal', 'equal', '[1, 1.0]', 'true'],
  ['finds different numbers different', 'neq', '[9007199254740993, 9007199254740992]', 'true'],
  ['is greater by code point', 'gt', '["😀", "｡"]', 'true'],
  ['is at least what it equals', 'gte', '[{"a": [1]}, {"a": [1.0]}]', 'true'],
  ['is at most what it equals', 'lte', '[1e2, 100]', 'true'],
  ['gives 0 below a bound of 0', 'rand.intn', '["a", 0]', '0'],
  [
    'refuses a fraction as a bound',
    'rand.intn',
    '["a", 1.5]',
    'rand.intn: operand 2 must be integer number but got floating-point number',
  ],
];

testAnswers('numbers', builtins, ANSWERS);

describe('numbers', () => {
  // Spellings that JSON does not have: OPA computes with them, and cannot write them as JSON either.
  test.each([
    ['+5', '6'],
    ['05', '6'],
    ['.5', '1.5'],
    ['5.', '6'],
    ['1_000', '1001'],
    ['0x1p4', '17'],
    ['0x1.8p-3', '1.1875'],
  ])('computes with the number read from %s', (text, sum) => {
    const read = conversionBuiltins.to_number as unknown as (context: object, text: string) => number;
    const plus = arithmeticBuiltins.plus as unknown as (...operands: unknown[]) => number;
    const number = read({}, text);
    expect(numberText(number)).toBe(text);
    expect(numberText(plus({ checkLimits: () => undefined }, number, 1))).toBe(sum);
    expect(() => answerOf(conversionBuiltins, 'to_number', JSON.stringify([text]))).toThrow(
      `json: invalid number literal "${text}"`,
    );
  });

  test('draws one number for one text and bound, below the bound', () => {
    const drawn = answerOf(randomBuiltins, 'rand.intn', '["a", 10]');
    expect(drawn).toBe(answerOf(randomBuiltins, 'rand.intn', '["a", -10]'));
    expect(Number(drawn)).toBeLessThan(10);
    const many = Array.from({ length: 100 }, (_, index) =>
      answerOf(randomBuiltins, 'rand.intn', `["${index}", 10]`),
    );
    expect(new Set(many).size).toBe(10);
  });

  test('makes no range that would fill the memory', () => {
    expect(() => answerOf(rangeBuiltins, 'numbers.range', '[0, 1e12]')).toThrow(RangeError);
    expect(() => answerOf(bitsBuiltins, 'bits.lsh', '[1, 1e12]')).toThrow(RangeError);
  });
});
