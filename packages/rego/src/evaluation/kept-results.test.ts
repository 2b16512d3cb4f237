import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { planOf } from '../testing/opa.ts';
import type { Value } from '../values/value.ts';
import { type DataDocument, dataOf, readData } from './data-document.ts';
import { SharedResults } from './kept-results.ts';
import { compilePlan, type EvaluationOptions, type Policy } from './policy.ts';

const POLICY = `package t

large := {x: y | some x, y in data.rows; some _ in data.rows}

names contains n if some n in data.names

replaced := x if x := names with data.names as ["other"]

named(x) := sprintf("%v %v", [type_name(x), data.label])

pair(x, y) := [x, y, data.label]

failing(x) := 1 / x

now := time.now_ns()

drawn := rand.intn("k", 1000000000)

of_input := {"large": count(large), "names": names, "replaced": replaced, "input": input.x}

called := [named(input.x), pair(input.x, "y"), pair("y", input.x)]

failed := failing(input.x)

chance := [now, drawn]
`;

const NAMES = ['of_input', 'called', 'failed', 'chance'];
const PLAN = planOf(POLICY, ...NAMES.map((name) => `t/${name}`));
const ROWS = Array.from({ length: 60 }, (_, index) => index);

function documentOf(label: string): DataDocument {
  return dataOf({ rows: ROWS, names: ['a', 'b'], label });
}

function told(policy: Policy, name: string, options: EvaluationOptions): unknown {
  const evaluation = policy.evaluate(`t/${name}`, options);
  if (evaluation.kind === 'failed') return { code: evaluation.code, location: evaluation.location };
  return { value: evaluation.kind === 'defined' ? evaluation.value : undefined, fired: evaluation.fired };
}

describe('what depends on the data alone', () => {
  test('is computed for the first evaluations of a document and costs the others nothing', () => {
    const policy = compilePlan(PLAN);
    const data = documentOf('d');
    const limits = { stepsMax: 2_048 };
    expect(told(policy, 'of_input', { data, input: { x: 1 }, limits })).toMatchObject({
      code: 'eval_steps_exceeded',
    });
    const full = told(policy, 'of_input', { data, input: { x: 1 } });
    expect(full).toMatchObject({ value: { large: 60, input: 1 } });
    expect(told(policy, 'of_input', { data, input: { x: 1 }, limits })).toEqual(full);
  });

  test('is told with all rules that fired for it, every time', () => {
    const policy = compilePlan(PLAN);
    const data = documentOf('d');
    const inputs: readonly Value[] = [{ x: 1 }, { x: 2 }, { x: 1 }, { x: 1 }];
    const answers = inputs.map((input) => told(policy, 'of_input', { data, input }));
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[3]).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ fired: { length: 4 } });
  });

  test('is not that of another document, nor of one that stands in its place', () => {
    const policy = compilePlan(PLAN);
    for (const label of ['a', 'a', 'b', 'b']) {
      const data = documentOf(label);
      for (let round = 0; round < 3; round++) {
        expect(told(policy, 'called', { data, input: { x: 'x' } })).toMatchObject({
          value: [`string ${label}`, ['x', 'y', label], ['y', 'x', label]],
        });
      }
    }
    const data = documentOf('d');
    for (let round = 0; round < 3; round++) {
      const evaluation = policy.evaluate('t/of_input', { data, input: { x: 1 } });
      const text = evaluation.kind === 'defined' ? evaluation.text() : evaluation.kind;
      expect(text).toContain('"names":["a","b"],"replaced":["other"]');
    }
  });

  test('is told apart by the operands’ types', () => {
    const policy = compilePlan(PLAN);
    const data = documentOf('d');
    const operands: readonly (readonly [Value, string])[] = [
      [1, 'number'],
      ['1', 'string'],
      [true, 'boolean'],
      ['true', 'string'],
      [null, 'null'],
      ['null', 'string'],
      [[1], 'array'],
      [[1, 2], 'array'],
      [['1'], 'array'],
      [[[1]], 'array'],
      [[], 'array'],
      [['a', 'b', 'c', 'd', 'e'], 'array'],
      ['x'.repeat(300), 'string'],
    ];
    for (const [x, type] of [...operands, ...operands, ...operands]) {
      expect(told(policy, 'called', { data, input: { x } })).toMatchObject({
        value: [`${type} d`, [x, 'y', 'd'], ['y', x, 'd']],
      });
    }
  });

  test('is not kept where it fails', () => {
    const policy = compilePlan(PLAN);
    const data = documentOf('d');
    const failure = told(policy, 'failed', { data, input: { x: 0 } });
    expect(failure).toMatchObject({ code: 'eval_builtin_error' });
    expect(told(policy, 'failed', { data, input: { x: 0 } })).toEqual(failure);
    expect(told(policy, 'failed', { data, input: { x: 2 } })).toMatchObject({ value: 0.5 });
    expect(told(policy, 'failed', { data, input: { x: 0 } })).toEqual(failure);
  });

  test('is not kept where the time or chance come in', () => {
    const policy = compilePlan(PLAN);
    const data = documentOf('d');
    for (const now of [1n, 2n, 3n, 4n]) {
      const { value } = told(policy, 'chance', { data, now }) as { readonly value: readonly Value[] };
      expect(value[0]).toBe(Number(now));
    }
    const drawn = Array.from({ length: 6 }, () => told(policy, 'chance', { data, now: 1n }));
    expect(new Set(drawn.map((one) => JSON.stringify(one))).size).toBeGreaterThan(1);
  });

  test('is not kept where a built-in of the caller’s comes in', () => {
    let count = 0;
    const plan = planOf('package t\n\np := abs(-1)\n', 't/p');
    const policy = compilePlan(plan, { builtins: new Map([['abs', () => ++count]]) });
    const data = readData('{}');
    expect([1, 2, 3].map(() => told(policy, 'p', { data }))).toMatchObject([
      { value: 1 },
      { value: 2 },
      { value: 3 },
    ]);
  });
});

test('no more than 4,096 results of functions with operands are kept', () => {
  const results = new SharedResults({}, 1);
  const result = { value: 1, fired: [] };
  for (let operand = 0; operand < 4_096; operand++) results.keep(0, [operand], result);
  expect(results.find(0, [0])).toBe(result);
  results.keep(0, ['one', 'more'], result);
  expect(results.find(0, [0])).toBe(undefined);
  expect(results.find(0, ['one', 'more'])).toBe(result);
});

test('values of more than a million characters are not kept, nor more than sixteen million together', () => {
  const results = new SharedResults({}, 1);
  const resultOf = (characters: number) => ({ value: 'x'.repeat(characters), fired: [] });
  results.keep(0, ['large'], resultOf(1_000_001));
  expect(results.find(0, ['large'])).toBe(undefined);
  for (let operand = 0; operand < 16; operand++) results.keep(0, [operand], resultOf(990_000));
  expect(results.find(0, [0])).toBeDefined();
  results.keep(0, ['one more'], resultOf(990_000));
  expect(results.find(0, [0])).toBe(undefined);
  expect(results.find(0, ['one more'])).toBeDefined();
});

test('what is kept holds on to no input that it was cut out of', () => {
  const policy = compilePlan(
    planOf(
      'package t\n\nknown(x) := {"asked": x, "label": sprintf("%v", [data.label])}\n\nanswer := known(split(input.x, ",")[0])\n',
      't/answer',
    ),
  );
  const data = documentOf('d');
  const evaluate = (index: number) =>
    policy.evaluate('t/answer', {
      data,
      inputText: JSON.stringify({ x: `a name of its own ${index}`.padStart(40, '-') + ','.repeat(500_000) }),
    });
  evaluate(0);
  const before = usedBytes();
  for (let index = 1; index <= 100; index++) evaluate(index);
  expect(usedBytes() - before).toBeLessThan(10_000_000);
});

function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}
