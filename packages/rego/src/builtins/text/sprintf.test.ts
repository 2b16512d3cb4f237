import { describe, expect, test } from 'vitest';
import { answerOf } from '../../testing/answer-of.ts';
import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { RegoSet } from '../../values/collections.ts';
import { sprintfBuiltins } from './sprintf.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  [
    'prints values as Rego writes them',
    'sprintf',
    '["%v %v %v %v", [[1, "a"], {"a": null}, true, "b"]]',
    '"[1, \\"a\\"] {\\"a\\": null} true b"',
  ],
  [
    'prints a number under the type its spelling gives',
    'sprintf',
    '["%T %T %T %T %T", [1, 1.0, 123456789012345678901, "a", null]]',
    '"int64 float64 *big.Int string string"',
  ],
  ['prints integral floats without a point', 'sprintf', '["%v %d", [1.0, 1.0]]', '"1 %!d(float64=1)"'],
  [
    'prints large floats with an exponent',
    'sprintf',
    '["%v %v %v", [1234567.5, 1e20, 0.00001]]',
    '"1.2345675e+06 1e+20 1e-05"',
  ],
  [
    'prints what no double holds as a text',
    'sprintf',
    '["%v %f", [1e400, 1e400]]',
    '"1e400 %!f(string=1e400)"',
  ],
  [
    'prints integers past 64 bits',
    'sprintf',
    '["%d|%+x|%#o|%40d|%-30dx|%030d|%q|%.25d", [123456789012345678901, 123456789012345678901, 123456789012345678901, 123456789012345678901, 123456789012345678901, 123456789012345678901, 123456789012345678901, 123456789012345678901]]',
    '"123456789012345678901|+6b14e9f812f366c35|015305164770045715466065|                   123456789012345678901|123456789012345678901         x|000000000123456789012345678901|%!q(big.Int=123456789012345678901)|0000123456789012345678901"',
  ],
  [
    'prints integers in bases',
    'sprintf',
    '["%b %o %O %x %X %#b %#o %#x %#X", [5, 8, 8, -255, 255, 5, 8, 255, 255]]',
    '"101 10 0o10 -ff FF 0b101 010 0xff 0XFF"',
  ],
  [
    'prints integers with signs and widths',
    'sprintf',
    '["%+d|% d|%5d|%-5d|%05d|%+05d|%.3d|%8.3d|%.0d", [5, 5, -5, 5, -5, 5, 5, 5, 0]]',
    '"+5| 5|   -5|5    |-0005|+0005|005|     005|"',
  ],
  [
    'prints characters',
    'sprintf',
    '["%c%c%c %q %+q %U %#U %U", [65, 128512, 55296, 10, 233, 233, 128512, -1]]',
    "\"A😀� '\\\\n' '\\\\u00e9' U+00E9 U+1F600 '😀' U+FFFFFFFFFFFFFFFF\"",
  ],
  [
    'prints floats in decimal',
    'sprintf',
    '["%f %.2f %e %E %g %G %.3g %8.2f|%-8.1f|%08.3f|%+.1f", [1.5, 2.675, 123456.789, 0.00012, 1e-7, 1e21, 1234.5678, 3.14159, 2.25, -3.14159, 0.25]]',
    '"1.500000 2.67 1.234568e+05 1.200000E-04 1e-07 1E+21 1.23e+03     3.14|2.2     |-003.142|+0.2"',
  ],
  ['rounds halves to even', 'sprintf', '["%.0f %.0f %.0f %.1f", [0.5, 1.5, 2.5, 0.25]]', '"0 2 2 0.2"'],
  [
    'prints floats in powers of two',
    'sprintf',
    '["%b %x %X %.2x %x", [1.5, 1.5, -0.1, 1.999, 0.0]]',
    '"6755399441055744p-52 0x1.8p+00 -0X1.999999999999AP-04 0x1.00p+01 0x0p+00"',
  ],
  [
    'prints floats with a point always',
    'sprintf',
    '["%#g %#.3g %#f %#.0f %#x", [1.5, 2.0, 1.0, 3.0, 1.5]]',
    '"1.50000 2.00 1.000000 3. 0x1.8000p+00"',
  ],
  [
    'prints large precisions exactly',
    'sprintf',
    '["%.60f", [0.1]]',
    '"0.100000000000000005551115123125782702118158340454101562500000"',
  ],
  ['prints a negative zero', 'sprintf', '["%v %g %f", [-0.0, -0.0, -0.0]]', '"-0 -0 -0.000000"'],
  [
    'quotes as Go does',
    'sprintf',
    '["%q %+q %#q %#q", ["a\\"\\n\\u0007é\\u200b😀", "é😀\\u0000", "a\\\\b", "a`b"]]',
    '"\\"a\\\\\\"\\\\n\\\\aé\\\\u200b😀\\" \\"\\\\u00e9\\\\U0001f600\\\\x00\\" `a\\\\b` \\"a`b\\""',
  ],
  [
    'escapes what Unicode 15.0 does not know',
    'sprintf',
    '["%q %q", ["\\u0378", "\\u1c89"]]',
    '"\\"\\\\u0378\\" \\"\\\\u1c89\\""',
  ],
  [
    'prints bytes of texts',
    'sprintf',
    '["%x %X % x %#x %# X %.2x %8x|%-8x|", ["hé", "hé", "hé", "hé", "hé", "hello", "a", "a"]]',
    '"68c3a9 68C3A9 68 c3 a9 0x68c3a9 0X68 0XC3 0XA9 6865       61|61      |"',
  ],
  [
    'cuts and pads texts by code points',
    'sprintf',
    '["%.2s|%5s|%-5s|%05s", ["😀éa", "😀", "😀", "a"]]',
    '"😀é|    😀|😀    |0000a"',
  ],
  ['prints Go syntax', 'sprintf', '["%#v %#v %#v %+v", ["a", 1, 1.5, 1]]', '"\\"a\\" 1 1.5 1"'],
  [
    'says that a verb is wrong',
    'sprintf',
    '["%d %s %t %z %!", ["a", 1, true, 1.5, 2]]',
    '"%!d(string=a) %!s(int64=1) %!t(string=true) %!z(float64=1.5) %!!(int64=2)"',
  ],
  [
    'says so with the flags that were given',
    'sprintf',
    '["%5t|%-5d|", ["a", "b"]]',
    '"%!t(string=    a)|%!d(string=b    )|"',
  ],
  ['says that arguments are missing', 'sprintf', '["%d %s", [1]]', '"1 %!s(MISSING)"'],
  [
    'says that arguments are left over',
    'sprintf',
    '["%d", [1, "a", 2.5, {}]]',
    '"1%!(EXTRA string=a, float64=2.5, string={})"',
  ],
  ['says that a verb is missing', 'sprintf', '["100%", []]', '"100%!(NOVERB)"'],
  ['prints a percent sign', 'sprintf', '["%d%% %-5%", [1]]', '"1% %"'],
  ['takes arguments by number', 'sprintf', '["%[2]d %[1]d %d", [1, 2]]', '"2 1 2"'],
  [
    'says that a number is wrong',
    'sprintf',
    '["%[3]d %[x]d %[0]s %[1]2d %[", [1, 2]]',
    '"%!d(BADINDEX) %!d(BADINDEX) %!s(BADINDEX) %!d(BADINDEX) %!(NOVERB)"',
  ],
  [
    'takes widths and precisions from arguments',
    'sprintf',
    '["%*d|%-*d|%.*f|%*d", [5, 1, -5, 2, 1, 2.55, -4, 3]]',
    '"    1|2    |2.5|3   "',
  ],
  [
    'says that a width or precision is wrong',
    'sprintf',
    '["%*d %.*f %*d", ["a", 1, -1, 2.5, 1000001, 1]]',
    '"%!(BADWIDTH)1 %!(BADPREC)2.500000 %!(BADWIDTH)1"',
  ],
  [
    'passes over a width that is too large',
    'sprintf',
    '["a%99999999d b", [1]]',
    '"a%!(NOVERB)%!(EXTRA int64=1)"',
  ],
  [
    'says that an error is none',
    'sprintf',
    '["%w %w %+w %#w", [1, 123456789012345678901, 123456789012345678901, 123456789012345678901]]',
    '"%!w(int64=1) %!w(*big.Int=&{false [12776324570088369205 6]}) %!w(*big.Int=&{neg:false abs:[12776324570088369205 6]}) %!w(*big.Int=&big.Int{neg:false, abs:big.nat{0xb14e9f812f366c35, 0x6}})"',
  ],
  ['says that a text has no address', 'sprintf', '["%p %p", ["a", 1]]', '"%!p(string=a) %!p(int64=1)"'],
  [
    'refuses a format that is no text',
    'sprintf',
    '[1, []]',
    'sprintf: operand 1 must be string but got number',
  ],
  [
    'refuses arguments that are no array',
    'sprintf',
    '["a", {}]',
    'sprintf: operand 2 must be array but got object',
  ],
];

testAnswers('sprintf', sprintfBuiltins, ANSWERS);

describe('sprintf', () => {
  test('prints sets as Rego writes them', () => {
    const sprintf = sprintfBuiltins.sprintf as unknown as (...operands: unknown[]) => string;
    const context = { checkLimits: () => undefined };
    expect(sprintf(context, '%v %v', [RegoSet.of([2, 1, 'a']), RegoSet.of([])])).toBe('{1, 2, "a"} set()');
  });

  test('prints no address, which no two evaluations of OPA have in common', () => {
    expect(() => answerOf(sprintfBuiltins, 'sprintf', '["%p", [123456789012345678901]]')).toThrow(
      'the address',
    );
  });
});
