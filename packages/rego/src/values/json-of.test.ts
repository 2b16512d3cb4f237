import { expect, test } from 'vitest';
import { BigNumber } from './big-number.ts';
import { RegoSet } from './collections.ts';
import { jsonOf } from './json-of.ts';
import { readJson } from './read-json.ts';
import { writeJson } from './write-json.ts';

test('sets are arrays and numbers doubles, and what is JSON already is shared', () => {
  const plain = readJson('{"a": [1, {"b": "c"}]}');
  expect(jsonOf(plain)).toBe(plain);
  const set = new RegoSet();
  set.add('b');
  set.add('a');
  expect(jsonOf({ set, big: readJson('12345678901234567890') })).toEqual({
    set: ['a', 'b'],
    big: 12345678901234567000,
  });
});

test.each(['1_000', '1.', '+1'])('a number that JSON has no text for is no answer: %s', (text) => {
  const value = { amount: BigNumber.ofText(text) };
  expect(() => writeJson(value)).toThrow(SyntaxError);
  expect(() => jsonOf(value)).toThrow(SyntaxError);
});
