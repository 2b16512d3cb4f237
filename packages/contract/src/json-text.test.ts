import fc from 'fast-check';
import { expect, test } from 'vitest';
import { itemSpans, memberSpans, SPAN_DEPTH_MAX } from './json-text.ts';

/** JSON text of a value with space put wherever JSON takes it. */
const spaced = (value: unknown) => JSON.stringify(value, undefined, 2).replaceAll('\n', ' \r\n\t');

test('the spans of an object’s members are the texts of their values', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (value) => {
      for (const text of [JSON.stringify(value), `  ${spaced(value)} `]) {
        const found = memberSpans(text).map(({ key, start, end }) => [
          key,
          JSON.parse(text.slice(start, end)),
        ]);
        expect(found).toEqual(Object.entries(JSON.parse(text)));
      }
    }),
    { numRuns: 500 },
  );
});

test('the spans of an array’s items are their texts', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue({ maxDepth: 4 })), (value) => {
      for (const text of [JSON.stringify(value), spaced(value)]) {
        const found = itemSpans(text).map(({ start, end }) => JSON.parse(text.slice(start, end)));
        expect(found).toEqual(JSON.parse(text));
      }
    }),
    { numRuns: 500 },
  );
});

test('keys that are written twice are both told', () => {
  expect(memberSpans('{"a":1,"\\u0061":2}').map(({ key }) => key)).toStrictEqual(['a', 'a']);
});

test('values nested too deeply are not walked into', () => {
  const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  expect(memberSpans(nested(SPAN_DEPTH_MAX))).toHaveLength(1);
  expect(() => memberSpans(nested(SPAN_DEPTH_MAX + 1))).toThrow(RangeError);
});
