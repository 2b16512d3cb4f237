import { describe, expect, test } from 'vitest';
import { opaAnswer, planOf } from '../testing/opa.ts';
import { readData } from './data-document.ts';
import type { Evaluation } from './evaluation.ts';
import { compilePlan } from './policy.ts';

// What OPA answers is asked of the real OPA in the test, so that no expectation is of our own making.

interface Case {
  readonly because: string;
  /** Without the package, which is `t`; the entrypoint is `t/p`. */
  readonly rules: string;
  readonly input?: string;
  readonly data?: string;
}

function answer(evaluation: Evaluation): string {
  switch (evaluation.kind) {
    case 'defined':
      return evaluation.text();
    case 'undefined':
      return 'undefined';
    case 'failed':
      return `${evaluation.code}: ${evaluation.message}`;
  }
}

function compare({ rules, input, data }: Case): { readonly ours: string; readonly opa: string } {
  const module = `package t\n\n${rules}\n`;
  const policy = compilePlan(planOf(module, 't/p'));
  const ours = policy.evaluate('t/p', {
    ...(input === undefined ? {} : { inputText: input }),
    data: readData(data ?? '{}'),
  });
  return {
    ours: answer(ours),
    opa: opaAnswer(module, 'data.t.p', { ...(input && { input }), ...(data && { data }) }),
  };
}

const SAME: readonly Case[] = [
  {
    because: 'names of an object’s prototype are not in the input',
    rules: 'p := [n | some n in ["constructor", "__proto__", "toString", "hasOwnProperty"]; input[n]]',
    input: '{"a": 1}',
  },
  {
    because: 'names of an object’s prototype are not found by constant keys',
    rules: [
      'p contains 1 if input.constructor',
      'p contains 2 if input.__proto__',
      'p contains 3 if input.list.length',
      'p contains 4 if input.text.length',
      'p contains 5 if input.list.map',
      'p contains 6 if data.constructor.prototype',
    ].join('\n'),
    input: '{"list": [1, 2], "text": "abc"}',
  },
  {
    because: 'an own key with the name of a prototype’s is found',
    rules: 'p := [input.__proto__, input.constructor, [k | some k, _ in input]]',
    input: '{"__proto__": {"admin": true}, "constructor": 7}',
  },
  {
    because: 'an array is indexed by integers only, as they are spelled',
    rules: 'p := [x | some i in input.at; x := input.list[i]]',
    input: '{"list": ["a", "b"], "at": [0, 1, 1.0, 1e0, 2, -1, 0.5, "0", "length", true, null]}',
  },
  {
    because: 'an object’s keys are not array indices',
    rules: 'p := [x | some i in input.at; x := input.object[i]]',
    input: '{"object": {"0": "a", "1": "b", "null": "n"}, "at": [0, 1, "1", null, "null"]}',
  },
  {
    because: 'objects iterate by code point, not as integers first nor by UTF-16 unit',
    rules: 'p := [k | some k, _ in input]',
    input: '{"b": 1, "10": 1, "9": 1, "\\uff00": 1, "\\ud83e\\udd89": 1, "a": 1, "": 1}',
  },
  {
    because: 'sets iterate in the order of types and then of values',
    rules: 'p := [x | some x in {"b", 10, 9, null, true, [1], {"a": 1}, {3}, "a", false}]',
  },
  {
    because: 'numbers equal by value are one member, in the spelling of the first',
    rules: 'p := {x | some x in input}',
    input: '[1.0, 1, 1e0, 100000000000000000000, 1e20, 0.1, 0.10]',
  },
  {
    because: 'a set is asked for a member by value',
    rules: 'p := [y | some x in input; y := {1, "a", [1]}[x]]',
    input: '[1.0, "a", [1.0], "1"]',
  },
  {
    because: '`not` holds for undefined as for false',
    rules:
      'p := [not_missing, not_false, not_true]\n\nnot_missing := true if not input.missing\n\nnot_false := true if not input.no\n\ndefault not_true := "no"\n\nnot_true := "yes" if not input.yes',
    input: '{"no": false, "yes": true}',
  },
  {
    because: '`with` replaces documents for what it is on, and only there',
    rules:
      'q := input.a.b\n\np := [before, inside, after] if {\n  before := q\n  inside := q with input.a.b as 2\n  after := q\n}',
    input: '{"a": {"b": 1, "c": 3}}',
  },
  {
    because: '`with` keeps what is beside its path, and makes what is missing on it',
    rules: 'q := [input, data.x]\n\np := r if r := q with input.a.n as 2 with data.x.y.z as 3',
    input: '{"a": {"b": 1}}',
    data: '{"x": {"w": 1}}',
  },
  {
    because: 'an undefined body under `with` leaves documents as they were',
    rules: 'q if input.a == 2\n\np := [r, input.a] if r := [x | some x in [1, 2]; q with input.a as x]',
    input: '{"a": 1}',
  },
  {
    because: 'rules of a package by a name that is computed are found, and base documents beside them',
    rules: 'f := {"one": 1}\n\np := [v | some n in ["f", "g", "h"]; v := data.t.deep[n]]',
    data: '{"t": {"deep": {"g": "base"}}}',
  },
  {
    because: 'rules and base documents of one package are merged, the base winning',
    rules: 'p := data.m',
    data: '{"m": {"a": {"b": 1}}}',
  },
  {
    because: '`every` holds of nothing and fails for what is no collection',
    rules:
      'p contains "empty" if every x in [] { x > 1 }\n\np contains "all" if every x in input.list { x > 0 }\n\np contains "text" if every x in input.text { x > 0 }',
    input: '{"list": [1, 2], "text": "abc"}',
  },
  {
    because: 'a function with `else` takes the first branch that holds',
    rules:
      'f(x) := "big" if {\n  x > 10\n} else := "small" if {\n  x > 0\n} else := "none"\n\np := [f(20), f(5), f(0)]',
  },
  {
    because: 'a complete rule with two values conflicts, and the values are told',
    rules: 'p := {"a": [x, "b"]} if some x in input\n\np := 3 if count(input) > 5',
    input: '[1, 2]',
  },
  {
    because: 'a function with two values conflicts',
    rules: 'f(x) := 1 if x > 0\n\nf(x) := 2 if x > 1\n\np := f(2)',
  },
  {
    because: 'an object with two values of a key conflicts',
    rules: 'p[k] := v if some v, k in input',
    input: '["a", "a"]',
  },
  {
    because: 'an object comprehension with two values of a key conflicts',
    rules: 'p := {k: v | some v, k in input}',
    input: '["a", "a"]',
  },
  {
    because: 'once a rule of one constant holds, later rounds are not made',
    rules: 'p if {\n  some x in input\n  x / x == 1\n}',
    input: '[1, 0]',
  },
  {
    because: 'an error before a rule holds fails it',
    rules: 'p if {\n  some x in input\n  x / x == 1\n}',
    input: '[0, 1]',
  },
  {
    because: 'an error of a built-in fails the evaluation under `not` too',
    rules: 'p if not 1 / input.zero == 1',
    input: '{"zero": 0}',
  },
  {
    because: 'integers of any size are exact',
    rules: 'p := [input.a + 1, input.b * input.b, input.c - 9007199254740993, input.d == 1]',
    input: '{"a": 9007199254740991, "b": 94906267, "c": 9007199254740993, "d": 1.0}',
  },
  {
    because: 'sums of fractions are of decimals',
    rules: 'p := [0.1 + 0.2, 1 / 3, input.x * 0, 0 * -1]',
    input: '{"x": -5}',
  },
  {
    because: 'numbers keep their spelling',
    rules: 'p := input',
    input: '[1.0, 1e3, 1E+2, -0, 0.10, 123456789012345678901234567890]',
  },
  {
    because: 'lone surrogates are replaced',
    rules: 'p := input',
    input: '["\\ud800", "a\\udfffb"]',
  },
  { because: 'without input nothing of it is defined', rules: 'p if input.a' },
];

describe('the same as OPA', () => {
  test.each(SAME)('$because', (one) => {
    const { ours, opa } = compare(one);
    expect(ours).toBe(opa);
  });
});
