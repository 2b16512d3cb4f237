import { describe, expect, test } from 'vitest';
import { lintBundle, withMetadata } from '../testing/lint-bundle.ts';
import { applyEdits } from './apply-edits.ts';

describe('edits', () => {
  const TEXT = 'package x\n\na := "ü😀" == input.phase\nb := 1\n';

  test('count columns in characters', () => {
    const edit = { row: 3, col: 14, old: 'input.phase', new: 'input.x' };
    expect(applyEdits(TEXT, [[edit]])).toEqual({
      text: 'package x\n\na := "ü😀" == input.x\nb := 1\n',
      made: 1,
    });
  });

  test('are made whole or not at all', () => {
    const right = { row: 4, col: 6, old: '1', new: '2' };
    const wrong = { row: 4, col: 1, old: 'c', new: 'd' };
    expect(applyEdits(TEXT, [[right, wrong]])).toEqual({ text: TEXT, made: 0 });
    expect(applyEdits(TEXT, [[wrong], [right]]).made).toBe(1);
    expect(applyEdits(TEXT, [[{ ...right, row: 40 }]])).toEqual({ text: TEXT, made: 0 });
  });

  test('leave alone what another has changed', () => {
    const edit = { row: 4, col: 1, old: 'b := 1\n', new: '' };
    expect(applyEdits(TEXT, [[edit], [{ ...edit, old: 'b', new: 'c' }]])).toEqual({
      text: TEXT.replace('b := 1\n', ''),
      made: 1,
    });
  });
});

describe('the mend of', () => {
  test.each([
    ['a misspelt value', 'input.action.phase == "reqeust"', 'input.action.phase == "request"'],
    [
      'a misspelt value beside others',
      'input.user.kind in {"human", "servise"}',
      'input.user.kind in {"human", "service"}',
    ],
    [
      'object.get on what may be no object',
      'object.get(input.action.args.filter.by, "all", false)',
      'object.get(input.action.args, ["filter", "by", "all"], false)',
    ],
  ])('%s is what a person would write', async (_what, before, after) => {
    const of = (condition: string) =>
      `META\ndeny contains "x" if {\n\t"ü" != input.agent.id; ${condition}\n}`;
    const findings = await lintBundle({ rego: of(before) });
    const groups = findings.flatMap(({ fix }) => (fix === undefined ? [] : [fix]));
    const text = `package policy.compliance\n\n${withMetadata(of(before))}\n`;
    expect(applyEdits(text, groups).text).toBe(`package policy.compliance\n\n${withMetadata(of(after))}\n`);
    expect((await lintBundle({ rego: of(after) })).filter(({ fix }) => fix !== undefined)).toEqual([]);
  });

  test('a value that is near to none, or to two, is left to a person', async () => {
    const findings = await lintBundle({ rego: 'META\ndeny contains "x" if input.action.phase == "xyz"' });
    expect(findings.find(({ code }) => code === 'comparison_outside_enum')?.fix).toBeUndefined();
  });
});
