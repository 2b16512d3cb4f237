import { describe, expect, test } from 'vitest';
import { answerOf } from '../../testing/answer-of.ts';
import { type RecordedAnswer, testAnswers } from '../../testing/test-answers.ts';
import { base64Builtins } from './base64.ts';

const ANSWERS: readonly RecordedAnswer[] = [
  ['encodes bytes of UTF-8', 'base64.encode', '["é😀?>"]', '"w6nwn5iAPz4="'],
  ['decodes', 'base64.decode', '["w6nwn5iAPz4="]', '"é😀?>"'],
  ['passes over line breaks', 'base64.decode', '["YW\\r\\nJj\\n"]', '"abc"'],
  ['does not look at bits past the last byte', 'base64.decode', '["YR=="]', '"a"'],
  ['tells missing padding', 'base64.decode', '["YQ"]', 'base64.decode: illegal base64 data at input byte 0'],
  [
    'tells half of the padding',
    'base64.decode',
    '["YQ="]',
    'base64.decode: illegal base64 data at input byte 3',
  ],
  [
    'tells what follows the padding',
    'base64.decode',
    '["YQ==YQ=="]',
    'base64.decode: illegal base64 data at input byte 4',
  ],
  [
    'tells a byte that is no digit, counted in bytes',
    'base64.decode',
    '["YWJjé"]',
    'base64.decode: illegal base64 data at input byte 4',
  ],
  [
    'tells digits of the other alphabet',
    'base64.decode',
    '["_-=="]',
    'base64.decode: illegal base64 data at input byte 0',
  ],
  ['takes valid text for valid', 'base64.is_valid', '["YQ=="]', 'true'],
  ['takes invalid text for invalid', 'base64.is_valid', '["YQ="]', 'false'],
  ['takes what is no string for invalid', 'base64.is_valid', '[1]', 'false'],
  ['encodes for URLs', 'base64url.encode', '[">?>é"]', '"Pj8-w6k="'],
  ['encodes for URLs without padding', 'base64url.encode_no_pad', '["a"]', '"YQ"'],
  ['decodes for URLs', 'base64url.decode', '["Pj8-w6k="]', '">?>é"'],
  ['decodes without padding', 'base64url.decode', '["YQ"]', '"a"'],
  [
    'tells a length that cannot be',
    'base64url.decode',
    '["YWJjZ"]',
    'base64url.decode: illegal base64url string: YWJjZ',
  ],
  [
    'tells a bad digit',
    'base64url.decode',
    '["Y+Jj"]',
    'base64url.decode: illegal base64 data at input byte 1',
  ],
  [
    'refuses what is no string',
    'base64url.decode',
    '[1]',
    'base64url.decode: operand 1 must be string but got number',
  ],
];

testAnswers('base64', base64Builtins, ANSWERS);

describe('base64', () => {
  test('fails the evaluation on bytes that are no text', () => {
    expect(() => answerOf(base64Builtins, 'base64.decode', '["/w=="]')).toThrow('not representable');
  });
});
