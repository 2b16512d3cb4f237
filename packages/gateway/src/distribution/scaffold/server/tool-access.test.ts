import { expect, test } from 'vitest';
import { accessOf, draftable, stricter, TOOLS_MAX, titleOf } from './tool-access.ts';

test.each([
  ['what only reads, here', { readOnlyHint: true, openWorldHint: false }, 'read', ['read'], 'low'],
  ['what only reads, anywhere', { readOnlyHint: true }, 'read', ['read', 'external'], 'medium'],
  [
    'what only reads and does not destroy',
    { readOnlyHint: true, destructiveHint: false, openWorldHint: false },
    'read',
    ['read'],
    'low',
  ],
  ['what adds', { destructiveHint: false, openWorldHint: false }, 'ask', ['read', 'write'], 'medium'],
  ['what adds elsewhere', { destructiveHint: false }, 'ask', ['read', 'write', 'external'], 'high'],
  [
    'what destroys',
    { readOnlyHint: false, destructiveHint: true, openWorldHint: false },
    'refuse',
    ['read', 'write', 'destructive'],
    'high',
  ],
  [
    'what only reads and destroys',
    { readOnlyHint: true, destructiveHint: true, openWorldHint: false },
    'refuse',
    ['read', 'write', 'destructive'],
    'high',
  ],
  ['nothing said', {}, 'refuse', ['read', 'write', 'destructive', 'external'], 'high'],
  [
    'what is no truth value',
    { readOnlyHint: 'true', destructiveHint: 0 },
    'refuse',
    ['read', 'write', 'destructive', 'external'],
    'high',
  ],
])('%s counts as the annotations say, and missing ones as the worst', (_what, annotations, access, effects, blastRadius) => {
  expect(accessOf({ annotations })).toEqual({ access, effects, blastRadius });
});

test('annotations that are none count as missing', () => {
  for (const annotations of [null, 'read', [true], 7])
    expect(accessOf({ annotations })).toEqual(accessOf({}));
});

test('a title is one short row without what hides or steers', () => {
  expect(titleOf({ title: 'Read\n# a\u202e file\u0000 ', annotations: { title: 'other' } })).toBe(
    'Read # a file',
  );
  expect(titleOf({ annotations: { title: 'x'.repeat(1e6) } })).toBe('x'.repeat(80));
  for (const title of ['', ' \n', '\u200b', 7, null]) expect(titleOf({ title })).toBeUndefined();
});

test('a draft speaks for tools with plain names and definitions that all read alike, and says why not for the others', () => {
  const definition = { inputSchema: {} };
  const { tools, leftOut } = draftable([
    { name: 'a.b/c-d_1', definition },
    { name: 'constructor', definition },
    ...['', 'a b', 'a"', 'a\nb', '__proto__', '-a', 'ä', 'x'.repeat(129)].map((name) => ({
      name,
      definition,
    })),
    { name: 'twice', definition },
    { name: 'twice', definition },
    { name: 'unread', definition: undefined },
    { name: 'long', definition: { description: 'x'.repeat(131_072) } },
  ]);
  expect(tools.map(({ name }) => name)).toEqual(['a.b/c-d_1', 'constructor']);
  expect(Object.groupBy(leftOut, ({ why }) => why)).toMatchObject({
    ...{
      name: { length: 8 },
      twice: { length: 2 },
      ambiguous: [{ name: 'unread' }],
      size: [{ name: 'long' }],
    },
  });
});

test('what is beyond the bounds of a draft is left out', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => ({ name: `tool_${index}`, definition: {} }));
  expect(draftable(many).tools).toHaveLength(TOOLS_MAX);
  expect(draftable(many).leftOut).toHaveLength(10_000 - TOOLS_MAX);
  const large = many
    .slice(0, 100)
    .map(({ name }) => ({ name, definition: { description: 'x'.repeat(100_000) } }));
  expect(draftable(large).tools).toHaveLength(41);
});

test('what the catalogue says of a tool makes a draft stricter, and never kinder', () => {
  expect(stricter('read')).toBe('read');
  expect(stricter('read', ['read', 'external'])).toBe('read');
  expect(stricter('read', ['read', 'write'])).toBe('ask');
  expect(stricter('ask', ['read', 'destructive'])).toBe('refuse');
  expect(stricter('refuse', ['read'])).toBe('refuse');
});
