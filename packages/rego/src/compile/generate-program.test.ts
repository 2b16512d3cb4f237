import { describe, expect, test } from 'vitest';
import { compilePlan } from '../evaluation/policy.ts';
import { readPlan } from '../plan/read-plan.ts';
import { planOf } from '../testing/opa.ts';
import { type GeneratedProgram, generateProgram } from './generate-program.ts';

function programOf(rules: string, entrypoint = 't/p'): GeneratedProgram {
  const plan = readPlan(planOf(`package t\n\n${rules}\n`, entrypoint), () => () => null);
  return generateProgram(plan, { isTraced: false, replacedBuiltins: new Set() });
}

describe('constants', () => {
  test('collections of nothing but constants are made once', () => {
    const { source } = programOf('p if input.role in {"admin", "ops", 1}');
    expect(source).toContain('const k0=setOf([1,"admin","ops"]);');
    expect(source).not.toContain('.add(');
  });

  test('nested ones too', () => {
    const { source } = programOf('p := {"a": [1, {"b": {2}}], "c": 2.50}');
    expect(source.match(/const k\d+=.*/g)).toEqual([
      'const k0=objectOf([["a",[1,objectOf([["b",setOf([2])]])]],["c",bigNumber("2.50")]]);',
    ]);
  });

  test('of every kind are what they were in the policy', () => {
    const policy = compilePlan(
      planOf(
        'package t\n\np := [{"__proto__": 1, "constructor": {"a"}}, {1: null, [true]: "\\u2028`$1\\"\\\\"}, set(), {}, 1e400, -7]\n',
        't/p',
      ),
    );
    const value = policy.evaluate('t/p');
    expect(value.kind === 'defined' && value.text()).toBe(
      '[{"__proto__":1,"constructor":["a"]},{"1":null,"[true]":"\u2028`$1\\"\\\\"},[],{},1e400,-7]',
    );
  });

  test('collections with anything else in them are made in each evaluation', () => {
    const policy = compilePlan(planOf('package t\n\np := [1, input.x, {"a": {input.x}}]\n', 't/p'));
    const values = [1, 2].map((x) => policy.evaluate('t/p', { input: { x } }));
    expect(values.map((value) => value.kind === 'defined' && value.text())).toEqual([
      '[1,1,{"a":[1]}]',
      '[1,2,{"a":[2]}]',
    ]);
  });

  test('numbers stand where they are used', () => {
    const { source } = programOf('p if input.x > 10');
    expect(source).toContain('>10');
  });

  test('what a comprehension gathers is gathered anew in each round', () => {
    const policy = compilePlan(
      planOf('package t\n\np := [s | some x in [1, 2]; s := {y | some y in [x, 3]}]\n', 't/p'),
    );
    const value = policy.evaluate('t/p');
    expect(value.kind === 'defined' && value.text()).toBe('[[1,3],[2,3]]');
  });
});

describe('rules of one name', () => {
  test('do not see what another has left in a local of the same number', () => {
    const rules = [
      'p contains x if {\n  some x in input.a\n  not x in input.b\n}',
      'p contains x if {\n  x := input.c.d\n  not input.c.e == x\n}',
      'p contains x if x := input.d[_]',
    ];
    const policy = compilePlan(planOf(`package t\n\n${rules.join('\n\n')}\n`, 't/p'));
    const value = policy.evaluate('t/p', { input: { a: [1, 2], b: [2], c: { d: 3 }, d: [4] } });
    expect(value.kind === 'defined' && value.text()).toBe('[1,3,4]');
  });

  test('of one constant leave their loops where they hold', () => {
    const steps = (rules: string) => {
      const policy = compilePlan(planOf(`package t\n\n${rules}\n`, 't/p'));
      const list = Array.from({ length: 5_000 }, (_, index) => index);
      return policy.evaluate('t/p', { input: list, limits: { stepsMax: 2_000 } }).kind;
    };
    expect(steps('p if {\n  some x in input\n  x == 1\n}')).toBe('defined');
    // The rounds that are left can give another value.
    expect(steps('p := x if {\n  some x in input\n  x == 1\n}')).toBe('failed');
  });
});

describe('functions', () => {
  test.each([
    ['one', 'f(_) := 1'],
    ['one that may fail', 'f(_) := lower(input.x)'],
    ['one with a default', 'default f(_) := "default"\n\nf(1) := 2'],
    ['one of two operands', 'f(_, x) := x'],
  ])('are no members of their package: %s', (_what, definition) => {
    const modules = {
      'f.rego': `package f\n\n${definition}\n\nq := 1\n`,
      'p.rego': 'package p\n\nnames := [name | some name, _ in data.f]\n',
    };
    const evaluation = compilePlan(planOf(modules, 'p/names')).evaluate('p/names', { input: { x: 1 } });
    expect(evaluation.kind === 'defined' && evaluation.text()).toBe('["q"]');
  });
});
