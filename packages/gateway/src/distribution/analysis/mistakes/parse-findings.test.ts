import { describe, expect, test } from 'vitest';
import { openStage } from '../../stage.ts';
import { parseModules } from '../parse.ts';

const OPA = process.env.BAILIFF_OPA ?? 'opa';

/** What is said of a file that OPA does not parse, as `row: detail mend`. */
async function said(text: string, file = 'compliance/x.rego'): Promise<string[]> {
  await using stage = await openStage();
  const source = { file, path: file, text };
  const run = { opa: OPA, cwd: stage.path, signal: new AbortController().signal };
  const { findings } = await parseModules([{ bundle: 'compliance', source }], run);
  return findings.map(({ row, detail, mend }) => `${row}: ${detail} ${mend}`);
}

describe('METADATA that is no YAML is told at its own row, in plain words', () => {
  const block = (...rows: readonly string[]) =>
    `package policy.compliance\n\n# METADATA\n${rows.join('\n')}\ndeny contains "x" if input.user.id == ""\n`;
  const [title, custom, owner, reason] = ['# title: Few', '# custom:', '#   owner: a', '#   reason: b'];

  test.each([
    ['a colon', ['# title: Rows: few', custom, owner, reason], /^4: METADATA: .*colon.*`title: "Rows: few"`/],
    ['a tab', [title, custom, '#\towner: a', reason], /^6: METADATA: .*tab.*3 spaces/],
    ['a missing space', [title, custom, '#   owner:a', reason], /^6: METADATA: .*`owner: a`/],
    [
      'indentation',
      [title, custom, owner, '#     reason: b'],
      /^7: METADATA: .*after 3 spaces, where `owner` begins/,
    ],
    ['a quote', ['# title: "Few', custom, owner, reason], /^4: METADATA: .*`title: "Few"`/],
    ['a list', ['# title: [Few]', custom, owner, reason], /^4: METADATA: `title` must be a text, and a list/],
    ['a key twice', [title, custom, owner, owner, reason], /^7: METADATA: The key stands here twice/],
  ] as const)('%s', async (_what, rows, told) => {
    const [first, ...others] = await said(block(...rows));
    expect(first).toMatch(told);
    expect(others).toEqual([]);
  });

  test('each mistake of each block is told, and none of what is right', async () => {
    const good = `${block(title, custom, owner, reason)}\n`;
    const bad = block('# title: a: b', custom, '#   owner:c', reason).replace(
      'package policy.compliance\n\n',
      '',
    );
    expect((await said(good + bad)).map((line) => line.split(':')[0])).toEqual(['11', '13']);
  });
});

describe('a file without its package is told which to write, and nothing else', () => {
  test.each([
    ['a rule', '# Few\n\ndeny contains "x" if input.a\n', /^3: .* Write `package policy\.compliance` above/],
    ['an import', 'import rego.v1\n\npackage policy.compliance\n\nx := 1\n', /^1: .* above its first import/],
    ['a package that is none', 'Package policy.compliance\n\nx := 1\n', /^1: The file does not begin with/],
    ['nothing', '# Few\n', /^1: .* and rules below it, or remove the file\.$/],
  ] as const)('%s', async (_what, text, told) => {
    const [first, ...others] = await said(text);
    expect(first).toMatch(told);
    expect(others).toEqual([]);
  });

  test('tests, one of their own', async () =>
    expect(await said('test_x if true\n', 'compliance/x_test.rego')).toEqual([
      expect.stringContaining('Write `package policy.compliance_test`'),
    ]));
});

describe('what other languages have is told by what Rego has for it', () => {
  test.each([
    ['deny contains "x" if input.a && input.b', '3: Rego has no `&&`.'],
    ['deny contains "x" if input.a || input.b', '3: Rego has no `or`.'],
    ['deny contains "x" if input.a == 1 and input.b == 2', '3: Rego has no `and`.'],
    ["deny contains 'x' if input.a", '3: A text in Rego stands between double quotes.'],
    ['deny contains "x" if !input.a', '3: Rego has no `!`.'],
    ['deny contains "x" if input.a === 1', '3: Rego has no such comparison.'],
    ['deny contains "x" if input.a not in ["b"]', '3: Rego has no `not in`.'],
    ['deny contains "x" if input.a // why', '3: A comment in Rego begins with `#`.'],
    ['deny contains "x" { input.a }', '3: `if` is missing'],
    ['deny contains "x" not is_string(input.a)', '3: `if` is missing before the condition.'],
    ['deny contains "x" is_string(input.a)', '3: `if` is missing before the condition.'],
    ['deny contains "x" some a in input.b', '3: `if` is missing before the condition.'],
    ['deny contains "x"\nnot input.a', '4: A condition stands outside of a body.'],
    ['deny["x"] { input.a }', '3: This is how rules began before Rego had `contains` and `if`.'],
    ['deny[id] {\n\tid := "x"\n}', '3: This is how rules began before Rego had `contains` and `if`.'],
    ['deny["x"]', '3: This is how rules began before Rego had `contains` and `if`.'],
    ['deny "x" if input.a', '3: `contains` is missing.'],
    ['deny contains "x if input.a', '3: A quote opens and is not closed'],
    ['deny contains "x" if {\n\tfor x in input.a\n}', '4: Rego has no `for`.'],
    ['deny contains "x" if {\n\tinput.a,\n\tinput.b\n}', '4: A comma stands where a condition ends.'],
    ['deny contains "x" if\n\tinput.a == 1\n\tinput.b == 2', '5: A condition stands outside of a body.'],
    [
      'deny contains "x" if {\n\tinput.a\n\ndeny contains "y" if input.b',
      '3: The `{` on this row is never closed.',
    ],
    ['deny contains "x" if (count(input.a) > 3', '3: The `(` on this row is never closed.'],
    ['deny contains "x" if {\n\tinput.a\n}\n}', '6: One `}` too many.'],
  ])('%s', async (rule, told) => {
    const [first, ...others] = await said(`package policy.compliance\n\n${rule}\n`);
    expect(first?.startsWith(told)).toBe(true);
    expect(first).toMatch(/\(OPA: .+\) .+$/);
    expect(others).toEqual([]);
  });

  test('what no habit explains keeps the words of OPA', async () => {
    const [only] = await said('package policy.compliance\n\ndeny contains "x" if input..a\n');
    expect(only).toMatch(/^3: .*unexpected/);
  });
});
