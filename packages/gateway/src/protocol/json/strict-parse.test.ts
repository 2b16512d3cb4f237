import { Failure, MEMBERS_MAX } from '@bailiff/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStrict } from './strict-parse.ts';
import { ACCEPTED, VECTORS } from './testing/vectors.ts';

const LIMITS = { bytesMax: 1_048_576, depthMax: 64 };
const parse = (text: string | Uint8Array) => parseStrict(Buffer.from(text as string), LIMITS);

/** The failure that reading the text gives. */
function failureFor(text: string | Uint8Array): Failure {
  try {
    parse(text);
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
  throw new Error('it was accepted');
}

describe('the texts that common parsers disagree about', () => {
  test('are all there', () => {
    expect(VECTORS).toHaveLength(35);
    for (const id of ACCEPTED) expect(VECTORS.map((vector) => vector.id)).toContain(id);
  });

  test.each(VECTORS.filter(({ id }) => ACCEPTED.has(id)))('$id is read as everybody reads it', ({
    bytes,
  }) => {
    const value = parse(bytes);
    expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(bytes.toString())));
  });

  test.each(VECTORS.filter(({ id }) => !ACCEPTED.has(id)))('$id is refused with the reason', ({ bytes }) => {
    const failure = failureFor(bytes);
    expect(failure.code).toBe('unparseable');
    expect(failure.detail).toMatch(/^The body is refused: .+\.$/);
  });
});

test.each([
  // V8 13.6 takes such a key for a backslash once it has read one there.
  ['a key of one escaped character', '{"a":{"x":1,"\\u0061":2}}', 'one character, written as an escape'],
  ['a key that is a line end', '{"a":[{"\\n" : 2}]}', 'one character, written as an escape'],
  ['a key twice at depth', '{"a":[{"b":1,"b":1}]}', 'same key twice'],
  ['a key twice, once escaped', '{"a":{"name":1,"n\\u0061me":2}}', 'same key twice'],
  ['keys that differ in case', '{"a":{"Name":1,"name":2}}', 'take for one'],
  ['keys that differ in form', '{"caf\u00e9":1,"cafe\u0301":2}', 'take for one'],
  ['full-width letters', '{"\uff4eame":1,"name":2}', 'take for one'],
  ['a long s alone', '{"arg\u017f":1}', 'take for a letter'],
  ['a Kelvin sign alone', '{"\u212aey":1}', 'take for a letter'],
  ['a zero-width space in a key', '{"na\u200bme":1}', 'invisible'],
  ['a trailing NUL in a key', '{"name\\u0000":1}', 'control'],
  ['a bidirectional override in a key', '{"\u202ename":1}', 'invisible'],
  ['half a pair in a key', '{"a\\ud800":1}', 'surrogate'],
  ['half a pair in a value', '["\\udc00"]', 'surrogate'],
  ['the prototype', '{"a":{"__proto__":{}}}', '__proto__'],
  ['the prototype, escaped', '{"\\u005f_proto__":1}', '__proto__'],
  ['a negative integer beyond 2^53', '[-9007199254740993]', '2^53'],
  ['an integer written as a float', '[1e17]', '2^53'],
  ['infinity by exponent', '[-1e999]', 'too large'],
  ['two values', '{} {}', 'not one JSON value'],
  ['nothing', '', 'not one JSON value'],
  ['an unclosed string full of colons', '{"a::::', 'not one JSON value'],
])('refuses %s', (_what, text, because) => {
  expect(failureFor(text).detail).toContain(because);
});

test('accepts as deep as the limit, and not one level deeper', () => {
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  expect(parse(nested(64))).toBeDefined();
  expect(failureFor(nested(65)).detail).toContain('deeper than 64');
});

test('brackets, colons and quotes within strings count for nothing', () => {
  expect(parse('{"a":"[[[[:{{{\\"}}}","b\\\\":"\\\\"}')).toStrictEqual({ a: '[[[[:{{{"}}}', 'b\\': '\\' });
});

test('refuses what is too large before looking at it', () => {
  expect(() => parseStrict(Buffer.alloc(11), { bytesMax: 10, depthMax: 64 })).toThrow(
    expect.objectContaining({ code: 'body_too_large' }),
  );
  const members = Array.from({ length: MEMBERS_MAX + 1 }, (_, index) => `"${index}":0`);
  expect(failureFor(`{${members.join(',')}}`).detail).toContain('members');
  expect(failureFor(`[${members.fill('0').join(',')}]`).detail).toContain('items');
  expect(failureFor(`[${members.fill('[]').join(',')}]`).detail).toContain('items');
  expect(parse(`[${members.slice(1).fill('0').join(',')}]`)).toHaveLength(MEMBERS_MAX);
});

test('never repeats the text in what it says or carries', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8 }), (secret) => {
      const canary = `canary-${Buffer.from(secret).toString('hex')}`;
      for (const text of [
        canary,
        `{"${canary}":1,"${canary}":2}`,
        `{"a":"${canary}`,
        `["${canary}\\ud800"]`,
      ]) {
        const failure = failureFor(text);
        expect(`${failure.message}${failure.detail}${String(failure.cause)}`).not.toContain(canary);
      }
    }),
  );
});

test('whatever it accepts, it reads as JSON.parse does, and writing that anew is a fixed point', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const text = JSON.stringify(value);
      let parsed: unknown;
      try {
        parsed = parse(text);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Failure);
        return;
      }
      expect(parsed).toStrictEqual(JSON.parse(text));
      expect(JSON.stringify(parse(JSON.stringify(parsed)))).toBe(JSON.stringify(parsed));
    }),
    { numRuns: 1_000 },
  );
});

test('arbitrary bytes are read or refused, and never fail otherwise', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        parse(bytes);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Failure);
      }
    }),
    { numRuns: 2_000 },
  );
});
