import { expect, test } from 'vitest';
import { readJson } from './read-json.ts';
import { writeJson } from './write-json.ts';

test.each([
  ['numbers keep their spelling', '[1.0,1e3,-0,-0.0,12345678901234567890,0.10,1e-7,0.0000001,1E400]'],
  ['numbers that a double keeps', '[0,1,-1,1.5,-0.5,9007199254740991,123456.123456]'],
  ['text that looks like numbers', '{"a":"10.0.0.1","t":"2026-01-01T00:00:00.500Z"}'],
  ['own keys of any name', '{"__proto__":{"x":1},"constructor":2,"toString":null}'],
])('%s', (_what, text) => {
  expect(writeJson(readJson(text))).toBe(text);
});

test.each([
  ['lone surrogates are U+FFFD', '["\\ud800x","\\udc00",{"\\udfff":1}]', '["\ufffdx","\ufffd",{"\ufffd":1}]'],
  [
    'keys are sorted by code point',
    '{"b":1,"a":2,"10":3,"9":4,"\u{1f600}":5,"\uff00":6}',
    '{"10":3,"9":4,"a":2,"b":1,"\uff00":6,"\u{1f600}":5}',
  ],
  ['the last of equal keys counts', '{"a":1,"a":2}', '{"a":2}'],
])('%s', (_what, text, expected) => {
  expect(writeJson(readJson(text))).toBe(expected);
});

test('a key of one escaped character is read as what it is, whatever was read before', () => {
  readJson('{"x":1,"\\\\":2}'); // After this, V8 13.6 takes such keys for a backslash.
  expect(writeJson(readJson('{"x":1,"\\u0061":[1.0,"\\"\\\\"],"y":{}}'))).toBe(
    '{"a":[1.0,"\\"\\\\"],"x":1,"y":{}}',
  );
  expect(readJson('{"x":1,"\\n" : 2}')).toEqual({ x: 1, '\n': 2 });
  expect(readJson('{"x":1,"\\"":[true,false,null,-1.5,"\\n"]}')).toEqual({
    x: 1,
    '"': [true, false, null, -1.5, '\n'],
  });
  expect(readJson('{"x":1,"\\u0061":{"__proto__":1}}')).toEqual(JSON.parse('{"x":1,"a":{"__proto__":1}}'));
});

test.each([
  '',
  '{',
  '{"\\n":1',
  '{"\\n":1}}',
  '[01]',
  '{"a" 1}',
  'nul',
  '"\u0001"',
])('%j is refused', (text) => {
  expect(() => readJson(text)).toThrow(SyntaxError);
});
