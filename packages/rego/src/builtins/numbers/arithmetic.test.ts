import { describe, expect, test } from 'vitest';
import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { RegoSet } from '../../values/collections.ts';
import { termText } from '../../values/term-text.ts';
import { arithmeticBuiltins } from './arithmetic.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  ['adds decimals to the nearest float of 64 bits', 'plus', '[0.1, 0.2]', '0.3'],
  [
    'adds integers of any size exactly',
    'plus',
    '[9223372036854775807, 18446744073709551617]',
    '27670116110564327424',
  ],
  ['adds integers in any spelling', 'plus', '[1.0, 1e3]', '1001'],
  ['gives an integer for halves that add up to one', 'plus', '[0.5, 0.5]', '1'],
  ['never gives a negative zero for integers', 'mul', '[0, -5]', '0'],
  ['gives a negative zero for a negative quotient of zero', 'div', '[0, -5]', '-0'],
  ['prints the quotient with as many digits as tell it apart', 'div', '[1, 3]', '0.33333333333333333334'],
  ['prints large fractions with an exponent', 'plus', '[1234567.25, 0.25]', '1.2345675e+06'],
  ['prints small fractions with an exponent', 'div', '[1, 100000]', '1e-05'],
  ['divides what divides without a rest exactly', 'div', '[-6, 3]', '-2'],
  ['divides large integers as floats', 'div', '[9007199254740993000001, 3]', '3002399751580331000000'],
  ['rounds a parsed number to 64 bits', 'mul', '[0.1234567890123456789012345, 1]', '0.1234567890123456789'],
  [
    'multiplies by powers of ten as Go computes them',
    'mul',
    '[1e300, 1.5]',
    '1500000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
  ],
  ['multiplies tiny numbers as Go computes them', 'mul', '[4.9e-324, 1.5]', '7.3500000000000000003e-324'],
  ['subtracts integers past 2^53 exactly', 'minus', '[9007199254740993, 1]', '9007199254740992'],
  ['refuses to divide by zero in any spelling', 'div', '[1, 0e5]', 'div: divide by zero'],
  ['refuses zero as a modulus', 'rem', '[1, 0]', 'rem: modulo by zero'],
  ['gives the rest the sign of the dividend', 'rem', '[-7, 3]', '-1'],
  ['takes integral floats for integers in a rest', 'rem', '[7.0, 3]', '1'],
  ['gives the rest by a multiple of 2^64', 'rem', '[10, 18446744073709551616]', '10'],
  ['refuses the rest of a fraction', 'rem', '[1.5, 1]', 'rem: modulo on floating-point number'],
  ['refuses a text as a number', 'plus', '["1", 2]', 'plus: operand 1 must be number but got string'],
  ['names the operand that is no number', 'mul', '[1, null]', 'mul: operand 2 must be number but got null'],
  [
    'names what a difference takes',
    'minus',
    '["a", 1]',
    'minus: operand 1 must be one of {number, set} but got string',
  ],
  [
    'wants a number to subtract from a number',
    'minus',
    '[1, "a"]',
    'minus: operand 2 must be number but got string',
  ],
  ['takes the magnitude of a float', 'abs', '[-0.5]', '0.5'],
  [
    'takes the magnitude of a large integer as a float',
    'abs',
    '[-18446744073709551617]',
    '18446744073709551616',
  ],
  ['rounds halves away from zero', 'round', '[-2.5]', '-3'],
  ['rounds large numbers as they stand in 64 bits', 'round', '[1e30]', '1000000000000000000024696061952'],
  ['rounds up', 'ceil', '[1.1]', '2'],
  ['rounds up between -1 and 0 to 1, as OPA does', 'ceil', '[-0.5]', '1'],
  ['rounds down', 'floor', '[-1.1]', '-2'],
  ['rounds down between -1 and 0 to 0, as OPA does', 'floor', '[-0.5]', '0'],
];

testAnswers('arithmetic', arithmeticBuiltins, ANSWERS);

describe('arithmetic', () => {
  test('takes one set from another', () => {
    const minus = arithmeticBuiltins.minus as unknown as (...operands: unknown[]) => RegoSet;
    const [left, right] = [RegoSet.of([1, 2, 'a']), RegoSet.of([2])];
    expect(termText(minus({}, left, right))).toBe('{1, "a"}');
    expect(() => minus({}, left, 2)).toThrow('operand 2 must be set but got number');
  });
});
