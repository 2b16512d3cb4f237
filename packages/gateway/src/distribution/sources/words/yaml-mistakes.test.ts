import { describe, expect, test } from 'vitest';
import { readDocument } from '../document.ts';
import { yamlMistakes } from './yaml-mistakes.ts';

const MISTAKES: readonly (readonly [
  what: string,
  text: string,
  row: number,
  detail: string,
  mend: string,
])[] = [
  ['a colon in a text', 'a: 1\ntitle: Rows: few\n', 2, 'a colon followed by a space', '`title: "Rows: few"`'],
  ['a text that begins with @', 'owner: @team\n', 1, 'begins with “@”', '`owner: "@team"`'],
  [
    'a text that begins with a comparison',
    'title: > 100 rows\n',
    1,
    'begins with “>”',
    '`title: "> 100 rows"`',
  ],
  ['a text in which a quote ends', 'a: "x" is y\n', 1, 'closes before the text ends', `\`a: '"x" is y'\``],
  ['an apostrophe between quotes', "a: 'It's x'\n", 1, 'closes before the text ends', `\`a: "'It's x'"\``],
  ['a tab', 'a:\n  b: 1\n\tc: 2\n', 3, 'with a tab', 'Put 2 spaces'],
  ['a tab after a key', 'a:\n\tb: 1\n', 2, 'with a tab', 'Put 2 spaces'],
  ['no space after a colon', 'a:1\nb: 2\n', 1, 'no space after `a:`', '`a: 1`'],
  ['no space after the last colon', 'a: 1\nb:2\n', 2, 'no space after `b:`', '`b: 2`'],
  ['no space after a dash', 'a:\n  - x\n  -y\nb: 1\n', 3, 'no space after the `-`', '`- y`'],
  ['no colon', 'a: 1\nb x\n', 2, 'no colon after `b`', '`b: x`'],
  [
    'too much indentation',
    'a:\n  b: 1\n    c: 2\n',
    3,
    '`c` begins after 4 spaces',
    'after 2 spaces, where `b` begins',
  ],
  [
    'too little indentation',
    'a:\n   b: 1\n  c: 2\n',
    3,
    '`c` begins after 2 spaces',
    'after 3 spaces, where `b` begins',
  ],
  [
    'too little indentation before a row that begins where it should',
    'a:\n   b: 1\n  c: 2\n   d: 3\n',
    3,
    '`c` begins after 2 spaces',
    'after 3 spaces, where `b` begins',
  ],
  [
    'a key outside of the one that it belongs to',
    'a: 1\ncustom:\nowner: x\n  reason: y\n',
    3,
    '`owner` begins after 0 spaces',
    'after 2 spaces',
  ],
  [
    'an entry that is out of line, with what is below it',
    'cases:\n  - when: a\n    answer: x\n   - when: b\n     answer: y\n',
    ...([4, '`-` begins after 3 spaces', 'after 2 spaces'] as const),
  ],
  ['a quote that is not closed', 'a: "x\nb: 1\nc: 2\n', 1, 'quote (") that opens at `a:`', '`a: "x"`'],
  ['a quote that is not closed before others', 'a: "x\nb: "y"\n', 1, 'quote (") that opens', '`a: "x"`'],
  ['a list that is not closed', 'a: [x, y\nb: 1\n', 1, 'opened and not closed', '`a: [x, y]`'],
  ['a list in an object', 'a: { b: c, d: [e }\n', 1, 'opened and not closed', '`a: { b: c, d: [e] }`'],
];

describe('a mistake is told where it is made, with its mend', () => {
  test.each(MISTAKES)('%s', (_what, text, row, detail, mend) => {
    const [first, ...others] = yamlMistakes(text);
    expect([first?.row, others]).toEqual([row, []]);
    expect(first?.detail).toContain(detail);
    expect(first?.detail).toMatch(/\(The parser: .+\)$/);
    expect(first?.mend).toContain(mend);
  });
});

test('each of several mistakes is told', () => {
  const rows = yamlMistakes('title: a: b\nmessage: c: d\nowner:x\nlist:\n\t- y\nz: 1\n').map(
    ({ row }) => row,
  );
  expect(rows).toEqual([1, 2, 3, 5]);
});

test('what none of the usual mistakes explains is told in the words of the parser', () => {
  const [only] = yamlMistakes('a: 1\n]]\n');
  expect(only).toMatchObject({
    row: 2,
    detail: expect.stringContaining('This is no YAML: '),
    mend: expect.stringMatching(/./),
  });
});

test('texts that nobody writes by hand are told without trying', () => {
  const long = `a: "x\n${'b: 1\n'.repeat(20_000)}`;
  expect(yamlMistakes(long)).toMatchObject([{ detail: expect.stringContaining('Missing closing') }]);
});

test('what is YAML has no mistake, however odd it looks', () => {
  for (const text of [
    'a:\n- b\n- c:d\n',
    'a: b:c\n',
    'a: |\n  x: y: z\n  "q\n',
    "a: 'it''s'\nb: [x, {y: z}]\n",
  ])
    expect(readDocument({ file: 'a.yaml', text }).kind).toBe('read');
});
