import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readDocument, validateDocument } from './document.ts';

describe('a document is refused', () => {
  test.each([
    ['a key twice', 'a: 1\nb: 2\na: 3\n', 3],
    ['a key twice in a flow mapping', 'a: 1\nb: {c: 1, c: 2}\n', 2],
    ['a key that is a list', 'a: 1\n? [b]\n: 2\n', 2],
    ['an alias', 'a: &x 1\nb: *x\n', 2],
    ['a merge key', 'a: 1\n<<: {b: 2}\n', 2],
    ['a tag of its own', 'a: !thing x\n', 1],
    ['two documents', 'a: 1\n---\nb: 2\n', 2],
    ['a whole number that loses digits', 'a: 1\nb: 12345678901234567890\n', 2],
    ['an infinity', 'a: .inf\n', 1],
    ['no number', 'a: .nan\n', 1],
    ['the key that changes what an object is', 'a:\n  __proto__: 1\n', 2],
    ['broken syntax', 'a: [1, 2\nb: 3\n', 1],
  ])('for %s', (_what, text, row) => {
    const reading = readDocument({ file: 'a.yaml', text });
    expect(reading).toMatchObject({
      kind: 'refused',
      findings: expect.arrayContaining([expect.objectContaining({ row })]),
    });
  });

  test('for YAML in a file that is said to be JSON', () => {
    expect(readDocument({ file: 'a.json', text: 'a: 1\n' }).kind).toBe('refused');
    expect(readDocument({ file: 'a.json', text: '{\n\t"a": [1, 2.5, "ü"]\n}\n' })).toMatchObject({
      value: { value: { a: [1, 2.5, 'ü'] } },
    });
  });
});

test('words that other readers take for truth values stay words', () => {
  expect(
    readDocument({ file: 'a.yaml', text: 'a: no\nb: on\nc: 2026-01-01\nd: true\n7: x\n' }),
  ).toMatchObject({
    value: { value: { a: 'no', b: 'on', c: '2026-01-01', d: true, '7': 'x' } },
  });
});

test('an empty document is null', () => {
  expect(readDocument({ file: 'a.yaml', text: '# nothing\n' })).toMatchObject({ value: { value: null } });
});

test('what a schema refuses is named with its row and a mend', () => {
  const schema = z.strictObject({ name: z.string(), list: z.array(z.strictObject({ n: z.int() })) });
  const document = readDocument({ file: 'a.yaml', text: 'list:\n  - n: 1\n  - n: x\n    other: 2\n' });
  if (document.kind === 'refused') throw new Error('It reads.');
  expect(validateDocument(document.value, schema)).toEqual({
    kind: 'refused',
    findings: [
      {
        file: 'a.yaml',
        row: 1,
        code: 'key_missing',
        detail: '`name` is missing.',
        mend: 'Add it: a text.',
      },
      {
        file: 'a.yaml',
        row: 3,
        code: 'value_invalid',
        detail: expect.stringContaining('`list.1.n`'),
        mend: 'Write a number.',
      },
      {
        file: 'a.yaml',
        row: 4,
        code: 'key_unknown',
        detail: '`list.1.other` is not a known key.',
        mend: 'Remove it or correct its spelling.',
      },
    ],
  });
});

test('a misspelt key is told the one that is near, wherever it stands, and no other', () => {
  const entry = z.strictObject({ owners: z.array(z.string()), outcome: z.string().optional() });
  const schema = z.strictObject({
    bundles: z.record(z.string(), entry.default({ owners: [] })).optional(),
    cases: z.array(z.preprocess((value) => value ?? {}, entry)),
  });
  const text =
    'bundles:\n  workflow: { ownrs: [] , owners: []}\ncases:\n  - { outcom: deny, owners: [], else: 1 }\n';
  const document = readDocument({ file: 'a.yaml', text });
  if (document.kind === 'refused') throw new Error('It reads.');
  const read = validateDocument(document.value, schema);
  const mends = read.kind === 'read' ? [] : read.findings.map(({ row, mend }) => `${row}: ${mend}`);
  expect(mends).toEqual([
    '2: Did you mean `owners`?',
    '4: Did you mean `outcome`?',
    '4: Remove it or correct its spelling.',
  ]);
});
