import { describe, expect, test } from 'vitest';
import { answerOf } from '../../testing/answer-of.ts';
import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { hexBuiltins } from './hex.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  ['encodes', 'hex.encode', '["é\\u0000"]', '"c3a900"'],
  ['decodes either case', 'hex.decode', '["C3a9"]', '"é"'],
  ['tells an odd length', 'hex.decode', '["616"]', 'hex.decode: encoding/hex: odd length hex string'],
  [
    'tells a bad byte before an odd length',
    'hex.decode',
    '["61g"]',
    "hex.decode: encoding/hex: invalid byte: U+0067 'g'",
  ],
  [
    'tells the first byte of a character',
    'hex.decode',
    '["é"]',
    "hex.decode: encoding/hex: invalid byte: U+00C3 'Ã'",
  ],
  [
    'tells a byte that does not print',
    'hex.decode',
    '["\\n1"]',
    'hex.decode: encoding/hex: invalid byte: U+000A',
  ],
  ['refuses what is no string', 'hex.encode', '[null]', 'hex.encode: operand 1 must be string but got null'],
];

testAnswers('hexadecimal digits', hexBuiltins, ANSWERS);

describe('hexadecimal digits', () => {
  test('fails the evaluation on bytes that are no text', () => {
    expect(() => answerOf(hexBuiltins, 'hex.decode', '["c3"]')).toThrow('not representable');
  });
});
