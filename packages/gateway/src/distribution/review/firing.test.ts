import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseModules } from '../analysis/parse.ts';
import type { Rule } from '../analysis/syntax.ts';
import { openStage } from '../stage.ts';
import { OPA } from '../testing/sample-release.ts';
import { type Firing, firingOf } from './firing.ts';

/** Bodies of one rule, parsed by OPA. */
async function bodies(texts: readonly string[][]): Promise<Rule[][]> {
  await using stage = await openStage();
  const rego = (rule: readonly string[]) =>
    `package p\n\n${rule.map((body) => `deny contains "x" if {\n${body}\n}`).join('\n\n')}\n`;
  const sources = texts.map((rule, index) => ({
    bundle: 'b',
    source: { file: `${index}.rego`, path: `b/${index}.rego`, text: rego(rule) },
  }));
  const { modules, findings } = await parseModules(sources, {
    ...{ opa: OPA, cwd: stage.path, signal: new AbortController().signal },
  });
  expect(findings).toEqual([]);
  return modules.map(({ syntax }) => [...(syntax.rules ?? [])]);
}

const CASES: readonly (readonly [
  what: string,
  before: readonly string[],
  after: readonly string[],
  firing: Firing,
])[] = [
  ['comments and formatting', ['input.a == 1'], ['# why\ninput.a   ==   1'], 'same'],
  ['a body more', ['input.a'], ['input.a', 'input.b'], 'more'],
  ['a body less', ['input.a', 'input.b'], ['input.b'], 'fewer'],
  ['a condition more', ['input.a'], ['input.a\ninput.b'], 'fewer'],
  ['a condition less', ['input.a\ninput.b'], ['input.b'], 'more'],
  ['one condition for another', ['input.a'], ['input.b'], 'unclear'],
  ['a lower limit', ['input.n > 50'], ['input.n > 20'], 'more'],
  ['a higher limit', ['input.n > 50'], ['input.n > 80'], 'fewer'],
  ['a limit from above', ['input.n <= 50'], ['input.n <= 80'], 'more'],
  ['a limit after `not`', ['not input.n > 50'], ['not input.n > 80'], 'more'],
  ['a limit of something else', ['input.n > 50'], ['input.m > 80'], 'unclear'],
  ['a longer list', ['input.t in {"a"}'], ['input.t in {"a", "b"}'], 'more'],
  ['a shorter list after `not`', ['not input.t in {"a", "b"}'], ['not input.t in {"a"}'], 'more'],
  ['another list', ['input.t in {"a"}'], ['input.t in {"b"}'], 'unclear'],
  ['a list that is not constant', ['input.t in {input.u}'], ['input.t in {input.u, input.v}'], 'unclear'],
  ['order of conditions', ['input.a\ninput.b'], ['input.b\ninput.a'], 'same'],
  [
    'a condition about the same element',
    ['some x in input.l\nx > 1'],
    ['some x in input.l\nx > 1\nx < 9'],
    'fewer',
  ],
  ['a name that means something else now', ['x == 1'], ['some x in input.l\nx == 1'], 'unclear'],
  ['another value under the same name', ['x := input.a\nx > 1'], ['x := input.b\nx > 1'], 'unclear'],
  ['another world', ['h with input.a as 1'], ['h with input.a as 2'], 'unclear'],
];

describe('whether a rule fires for more calls', () => {
  let parsed: Rule[][] = [];
  beforeAll(async () => {
    parsed = await bodies(CASES.flatMap(([, before, after]) => [[...before], [...after]]));
  });

  test.each(
    CASES.map((each, index) => [each[0], each[3], index] as const),
  )('%s: %s', (_what, firing, index) => {
    const [before = [], after = []] = parsed.slice(index * 2, index * 2 + 2);
    expect(firingOf(before, after)).toBe(firing);
    const reversed: Firing = firing === 'more' ? 'fewer' : firing === 'fewer' ? 'more' : firing;
    expect(firingOf(after, before)).toBe(reversed);
  });

  test('is never said the wrong way round', () => {
    const value = fc.integer({ min: 0, max: 4 });
    const condition = fc.record({
      operator: fc.constantFrom('gt', 'gte', 'lt', 'lte', 'in'),
      left: fc.constantFrom('a', 'b'),
      bound: value,
      list: fc.uniqueArray(value, { maxLength: 3 }),
      negated: fc.boolean(),
    });
    const rule = fc.array(fc.array(condition, { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(rule, rule, (before, after) => {
        const firing = firingOf(before.map(ruleOf), after.map(ruleOf));
        for (let a = 0; a < 5; a += 1)
          for (let b = 0; b < 5; b += 1) {
            const [did, does] = [before, after].map((each) =>
              each.some((body) => body.every((one) => holds(one, { a, b }))),
            );
            if (firing === 'same') expect(does).toBe(did);
            if (firing === 'more' && did) expect(does).toBe(true);
            if (firing === 'fewer' && does) expect(did).toBe(true);
          }
      }),
      { numRuns: 3_000 },
    );
  });
});

interface Condition {
  readonly operator: string;
  readonly left: string;
  readonly bound: number;
  readonly list: readonly number[];
  readonly negated: boolean;
}

function holds(
  { operator, left, bound, list, negated }: Condition,
  values: { readonly [name: string]: number },
): boolean {
  const value = values[left] ?? 0;
  const answers: Record<string, boolean> = {
    ...{ gt: value > bound, gte: value >= bound, lt: value < bound, lte: value <= bound },
    in: list.includes(value),
  };
  return (answers[operator] ?? false) !== negated;
}

/** The syntax tree of a body, as OPA has it. */
function ruleOf(conditions: readonly Condition[]): Rule {
  const location = { file: '', row: 1, col: 1 };
  const text = (value: string) => ({ type: 'string', value });
  const variable = (value: string) => ({ type: 'var', value });
  return {
    head: { ref: [variable('deny')], key: text('x') },
    location,
    body: conditions.map(({ operator, left, bound, list, negated }) => ({
      ...(negated && { negated }),
      terms: [
        {
          type: 'ref',
          value: operator === 'in' ? [variable('internal'), text('member_2')] : [variable(operator)],
        },
        { type: 'ref', value: [variable('input'), text(left)] },
        operator === 'in'
          ? { type: 'set', value: list.map((value) => ({ type: 'number', value })) }
          : { type: 'number', value: bound },
      ],
    })),
  };
}
