import type { ReleaseRule } from '@bailiff/contract';
import { expect, test } from 'vitest';
import { type PartRego, regoDifferences } from './rego-differences.ts';

/** A part with one file, and a rule `rows` in the row of its first body. */
function part(text: string, { kind = 'deny', file = 'a.rego' } = {}): PartRego {
  const row = text.split('\n').findIndex((line) => line.includes('"rows"')) + 1;
  const rule = { id: 'compliance.rows', kind, location: { file: `compliance/${file}`, row } };
  return {
    modules: new Map([[`compliance/${file}`, text]]),
    rules: new Map([[rule.id, rule as ReleaseRule]]),
  };
}

const HEAD = 'package policy.compliance\n\n';
const BODY = 'deny contains "rows" if {\n\tinput.a\n\tinput.rows > 50\n}\n';
const differences = (from: string, to: string) => regoDifferences(part(HEAD + from), part(HEAD + to));

test('another body of a rule is told as a change of it', () => {
  expect(differences(BODY, BODY.replace('50', '100'))).toEqual([
    {
      ...{ what: 'deny contains "rows"', rule: 'compliance.rows', file: 'compliance/a.rego' },
      from: BODY.trim(),
      to: BODY.trim().replace('50', '100'),
    },
  ]);
});

test('a further body of a rule, added or removed, is of that rule', () => {
  const more = `${BODY}\ndeny contains "rows" if not input.rows\n`;
  expect(differences(BODY, more)).toMatchObject([{ rule: 'compliance.rows', from: null }]);
  expect(differences(more, BODY)).toMatchObject([{ rule: 'compliance.rows', to: null }]);
});

test('helpers, defaults and imports are of no rule', () => {
  const rest = 'import data.policy.identity\n\ndefault limit := 1\n\nis_large(x) if x > 1\n';
  const whats = differences(BODY, rest + BODY).map(({ what, rule }) => [what, rule]);
  expect(whats).toEqual([
    ['import data.policy.identity', null],
    ['default limit', null],
    ['is_large(x)', null],
  ]);
});

test('comments on lines of their own, spaces and the name of a file are no difference', () => {
  const spaced = `# Why.\n${BODY.replaceAll('\t', '    # more\n      ').replace('"rows" if', '"rows"  if')}\n\n`;
  expect(differences(BODY, spaced)).toEqual([]);
  expect(regoDifferences(part(HEAD + BODY), part(HEAD + BODY, { file: 'b.rego' }))).toEqual([]);
});

test('what stands in a string is a difference, whatever it looks like', () => {
  const note = (text: string) => `note := \`one\n${text}\`\n\n`;
  expect(differences(note('# two') + BODY, note('# three') + BODY)).toMatchObject([{ what: 'note' }]);
  expect(differences(`a := "x  y"\n${BODY}`, `a := "x y"\n${BODY}`)).toMatchObject([{ what: 'a' }]);
});

test.each([
  ['watched_deny', 'deny'],
  ['off_deny', 'deny'],
  ['canary_rules.rows', 'deny'],
  ['canary_rules.rows', 'require_approval'],
])('that a rule is set aside as %s is told with its mode, not as another text', (aside, kind) => {
  const bodies = `${BODY}\ndeny contains "rows" if not input.rows\n`.replaceAll('deny', kind);
  const from = part(HEAD + bodies, { kind });
  expect(regoDifferences(from, part(HEAD + bodies.replaceAll(kind, aside), { kind }))).toEqual([]);
});

test('nothing of a module is left out, however it is laid out', () => {
  const odd = '  indented := 1\ndeny contains "rows" if {\ninput.rows > 50\n} else := 1 if {\n\tinput.b\n}\n';
  for (const [was, is] of [
    ['indented := 1', 'indented := 2'],
    ['> 50', '> 51'],
    ['input.b', 'input.c'],
  ] as const)
    expect(differences(odd, odd.replace(was, is)), is).toHaveLength(1);
});

test('the same text below another package is another rule', () => {
  const helper = 'limit := 3\n';
  const files = (first: string, second: string) => ({
    modules: new Map([
      ['compliance/a.rego', `package policy.compliance.a\n\n${first}`],
      ['compliance/b.rego', `package policy.compliance.b\n\n${second}`],
    ]),
    rules: new Map(),
  });
  expect(regoDifferences(files(helper, ''), files('', helper))).toMatchObject([
    { file: 'compliance/a.rego', what: 'limit', from: 'limit := 3', to: null },
    { file: 'compliance/b.rego', what: 'limit', from: null, to: 'limit := 3' },
  ]);
});

test('a head that is one long string takes no longer than its length', () => {
  const long = `f("${' '.repeat(1_000_000)}") := 1\n`;
  expect(differences(long, BODY)).toHaveLength(2);
});
