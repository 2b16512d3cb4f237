import { expect, test } from 'vitest';
import { z } from 'zod';
import { complaintsOf } from '../document.ts';

const schema = z.strictObject({
  text: z.string().min(1),
  list: z.array(z.string()).max(1),
  keys: z.strictObject({ a: z.string() }),
  flag: z.boolean(),
  level: z.enum(['low', 'high']),
  code: z.string().regex(/^[a-z][a-z0-9_]{0,79}$/),
  day: z.iso.date(),
  share: z.number().max(100),
  own: z.string().refine((text) => text === 'x', 'is not x'),
});

test('what a schema refuses is told without the words of the schema, and how to mend it', () => {
  const refused = schema.safeParse({
    ...{ text: '', list: ['a', 'b'], keys: 'a:b', flag: 'yes', level: 'hgh', code: 'Not This' },
    ...{ day: 'soon', share: 101, own: 'y' },
  });
  const told = refused.error === undefined ? [] : complaintsOf(refused.error, schema);
  expect(told.map(({ detail, mend }) => `${detail} ${mend}`)).toEqual([
    '`text` is empty. Write something, or remove the key where it may be left out.',
    '`list` must have at most 1 entries. Make it shorter.',
    '`keys` must be keys with values, and a text stands there. Write `key: value` on a row of its own for each, indented below, with a space after the colon.',
    '`flag` must be `true` or `false`, and a text stands there. Write `true` or `false`, without quotes.',
    '`level` is none of the values that it may have. Write one of: `low`, `high`.',
    '`code` has not the form that it must have. Write at most 80 small letters, digits and `_`, beginning with a letter, as `message_too_long`.',
    '`day` has not the form that it must have. Write a date, as `2026-11-23`.',
    '`share` must be at most 100. Write a number that is at most 100.',
    '`own` is not valid: is not x. Correct the value.',
  ]);
});

test('a list where a text belongs, and the other way round', () => {
  const refused = z.object({ a: z.string(), b: z.array(z.string()) }).safeParse({ a: ['x'], b: 'x' });
  const told = refused.error === undefined ? [] : complaintsOf(refused.error);
  expect(told.map(({ detail }) => detail)).toEqual([
    '`a` must be a text, and a list stands there.',
    '`b` must be a list, and a text stands there.',
  ]);
});

test('a key that swallowed its value is told where the space is missing', () => {
  const refused = z.strictObject({ path: z.string().optional() }).safeParse({ 'path:identity': null });
  const told = refused.error === undefined ? [] : complaintsOf(refused.error);
  expect(told).toMatchObject([{ mend: 'Put a space after the colon: `path: identity`.' }]);
});
