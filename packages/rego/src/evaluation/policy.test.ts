import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { generateProgram } from '../compile/generate-program.ts';
import { readPlan } from '../plan/read-plan.ts';
import { UnsupportedPlan } from '../plan/unsupported-plan.ts';
import { planOf } from '../testing/opa.ts';
import { numberOf } from '../values/big-number.ts';
import { dataOf, readData } from './data-document.ts';
import type { Evaluation } from './evaluation.ts';
import { compilePlan, type EvaluationOptions, type Policy } from './policy.ts';

function policyOf(rules: string, ...entrypoints: string[]): Policy {
  return compilePlan(planOf(`package t\n\n${rules}\n`, ...(entrypoints.length > 0 ? entrypoints : ['t/p'])));
}

function told(evaluation: Evaluation): string {
  if (evaluation.kind === 'defined') return evaluation.text();
  return evaluation.kind === 'failed' ? `${evaluation.code}: ${evaluation.message}` : 'undefined';
}

const answer = (policy: Policy, options: EvaluationOptions = {}) => told(policy.evaluate('t/p', options));

describe('what comes out', () => {
  test('is the value of each entrypoint, or undefined', () => {
    const policy = policyOf('p := input.a\n\nq := {1, 2}', 't/p', 't/q');
    expect(policy.entrypoints).toEqual(['t/p', 't/q']);
    expect(answer(policy, { input: { a: 1 } })).toBe('1');
    expect(answer(policy)).toBe('undefined');
    expect(told(policy.evaluate('t/q'))).toBe('[1,2]');
  });

  test('a name that is no entrypoint is the caller’s mistake', () => {
    expect(() => policyOf('p := 1').evaluate('constructor')).toThrow(RangeError);
  });

  test('an input that is not JSON fails', () => {
    expect(answer(policyOf('p := input'), { inputText: '{' })).toMatch(/^eval_input_error: /);
  });

  test('the error of a built-in fails, with its place, unless errors are not strict', () => {
    const policy = policyOf('p := x if x := 1 / input.x');
    expect(policy.evaluate('t/p', { input: { x: 0 } })).toMatchObject({
      kind: 'failed',
      code: 'eval_builtin_error',
      message: 'div: divide by zero',
      location: { rule: 'data.t.p', file: 'policy.rego', row: 3 },
    });
    expect(answer(policy, { input: { x: 0 }, strict: false })).toBe('undefined');
    expect(answer(policy, { input: { x: 2 }, strict: false })).toBe('0.5');
  });
});

describe('time and chance', () => {
  const policy = policyOf('p := [time.now_ns(), time.now_ns() == time.now_ns(), rand.intn("a", 1000000)]');

  test('are constant in one evaluation, and the same for the same clock and seed', () => {
    const given = { now: 1_795_355_100_000_000_001n, seed: new Uint8Array(32).fill(7) };
    expect(answer(policy, given)).toBe(answer(policy, given));
    expect(answer(policy, given)).toMatch(/^\[1795355100000000001,true,/);
  });
});

describe('limits', () => {
  const long = policyOf(
    'p := count([1 | some x in numbers.range(1, 2000); some y in numbers.range(1, 2000); x * y < 0])',
  );

  test('an evaluation of too many steps fails', () => {
    const evaluation = long.evaluate('t/p', { limits: { stepsMax: 10_000 } });
    expect(evaluation).toMatchObject({ kind: 'failed', code: 'eval_steps_exceeded' });
  });

  test('an evaluation past its deadline fails as OPA’s does when it is cancelled', () => {
    expect(told(long.evaluate('t/p', { deadlineMs: 5 }))).toBe(
      'eval_cancel_error: caller cancelled query execution',
    );
  });

  test('an input that is nested too deeply fails and does not end the process', () => {
    const depth = 200_000;
    const text = (seed: number) => `${'['.repeat(depth)}${seed}${']'.repeat(depth)}`;
    const policy = policyOf('p if input.a == input.b');
    const evaluation = policy.evaluate('t/p', { inputText: `{"a":${text(1)},"b":${text(2)}}` });
    expect(evaluation.kind).toBe('failed');
  });

  test('a result that is too large fails', () => {
    const policy = policyOf('p := [x | some x in numbers.range(1, 1000)]');
    const evaluation = policy.evaluate('t/p', { limits: { outputCharactersMax: 1_000 } });
    expect(evaluation).toMatchObject({ kind: 'failed', code: 'eval_output_exceeded' });
  });

  test('a small value that doubles on and on in text is too large', () => {
    const rules = ['p := a30', 'a0 := ["x"]'];
    for (let level = 1; level <= 30; level++) rules.push(`a${level} := [a${level - 1}, a${level - 1}]`);
    expect(policyOf(rules.join('\n\n')).evaluate('t/p')).toMatchObject({ code: 'eval_output_exceeded' });
  });
});

describe('data', () => {
  test('another document takes the place of one as a whole, and leaves the first as it was', () => {
    const policy = policyOf('p := [data.x, q]\n\nq := count(data.list)');
    const first = readData('{"x": 1, "list": [1]}');
    const second = dataOf({ x: 2, list: [1, 2] });
    expect([first, second, first].map((data) => answer(policy, { data }))).toEqual([
      '[1,1]',
      '[2,2]',
      '[1,1]',
    ]);
  });

  test('keeps exact numbers, and is gone through in Rego’s order', () => {
    const data = readData('{"b": 9007199254740993, "a": {"y": 1, "x": 2}}');
    expect(answer(policyOf('p := [k | some k, _ in data.a]'), { data })).toBe('["x","y"]');
    expect((data.root as { b: unknown }).b).toEqual(numberOf('9007199254740993'));
    expect(answer(policyOf('p := data.b + 1'), { data })).toBe('9007199254740994');
  });

  test('of 10 MB is read whole', () => {
    const servers = Array.from({ length: 60_000 }, (_, index) => ({
      id: `server-${(index * 7_919) % 60_000}`,
      tools: ['read', 'write', 'list'],
      owner: { team: `team-${index % 100}`, region: 'eu-west', weight: index / 8, active: index % 2 === 0 },
      aliases: { [`z${index}`]: 1, [`a${index}`]: 2 },
    }));
    const text = JSON.stringify({
      servers: Object.fromEntries(servers.map((server) => [server.id, server])),
    });
    expect(text.length).toBeGreaterThan(10_000_000);
    const data = readData(text);
    expect(answer(policyOf('p := count(data.servers)'), { data })).toBe('60000');
    expect(answer(policyOf('p := data.servers["server-7919"].id'), { data })).toBe('"server-7919"');
  });

  test('is not changed by rules that lie over it', () => {
    const policy = policyOf('p := data.t.m\n\nm.rule := 1');
    const data = readData('{"t": {"m": {"base": 2}}}');
    for (const _round of [1, 2]) expect(answer(policy, { data })).toBe('{"base":2,"rule":1}');
    expect(data.root).toEqual({ t: { m: { base: 2 } } });
  });
});

describe('a plan’s text never becomes code', () => {
  const hostile = [
    '"]; globalThis.__pwned = 1; //',
    `\`$\{globalThis.__pwned = 1}\``,
    '\n*/ globalThis.__pwned = 1 /*\n',
    '\u2028globalThis.__pwned = 1\u2029',
    "'); globalThis.__pwned = 1; ('",
    '\\"; globalThis.__pwned = 1; "',
    '</script><!--',
  ];

  test.each(hostile)('in keys, values, messages and paths: %j', (text) => {
    const literal = JSON.stringify(text);
    const policy = policyOf(`p[${literal}] := {x: y} if {\n  x := ${literal}\n  y := input[${literal}]\n}`);
    expect(policy.evaluate('t/p', { input: { [text]: text } })).toMatchObject({
      kind: 'defined',
      value: { [text]: { [text]: text } },
    });
    expect(Object.hasOwn(globalThis, '__pwned')).toBe(false);
  });

  test.each(hostile)('in names of packages, rules and files: %j', (text) => {
    const modules = {
      'policy.rego': 'package t\n\nhere := there\n\nthere := input.x if input.x > 0',
      'query.rego': 'package q\n\np := data.t[input.name]',
    };
    const plan = planOf(modules, 'q/p', 't/here');
    // Names that `opa` could not be made to write are put into the plan itself.
    const renamed = plan
      .replaceAll('g0.data.t.there', JSON.stringify(`g0.data.t.${text}`).slice(1, -1))
      .replaceAll('"there"', JSON.stringify(text))
      .replaceAll('policy.rego', JSON.stringify(text).slice(1, -1));
    const policy = compilePlan(renamed);
    for (const trace of [false, true]) {
      expect(told(policy.evaluate('q/p', { input: { x: 1, name: text }, trace }))).toBe('1');
    }
    const evaluation = policy.evaluate('t/here', { input: { x: 2 } });
    expect(evaluation.kind === 'defined' && evaluation.fired.map(({ file }) => file)).toEqual([text, text]);
    expect(Object.hasOwn(globalThis, '__pwned')).toBe(false);
  });

  test('the program holds no name but between quotes', () => {
    const plan = planOf(
      'package very_odd_name\n\nrule_of_mine := input.field_of_mine',
      'very_odd_name/rule_of_mine',
    );
    const options = { isTraced: true, replacedBuiltins: new Set<string>() };
    const { source } = generateProgram(
      readPlan(plan, () => () => null),
      options,
    );
    expect(source.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')).not.toMatch(/odd|mine|[\u2028\u2029]/);
  });
});

describe('names in the prototype of all objects', () => {
  test('are not found by policies, even when they were put there later', () => {
    const policy = policyOf(
      'p contains 1 if input.isAdmin\n\np contains 2 if data.x.isAdmin\n\np contains 3 if input.list.isAdmin',
    );
    const given = { inputText: '{"list": []}', data: readData('{"x": {}}') };
    expect(answer(policy, given)).toBe('[]');
    Object.defineProperty(Object.prototype, 'isAdmin', { value: true, configurable: true });
    try {
      expect(answer(policy, given)).toBe('[]');
      expect(answer(policy, { inputText: '{"isAdmin": true}' })).toBe('[1]');
    } finally {
      delete (Object.prototype as { isAdmin?: boolean }).isAdmin;
    }
  });
});

describe('plans that are refused', () => {
  test('name every built-in that is not known', () => {
    const plan = planOf('package t\n\np := [http.send({}), opa.runtime(), count([])]', 't/p');
    expect(() => compilePlan(plan)).toThrow(UnsupportedPlan);
    expect(() => compilePlan(plan)).toThrow(/built-in "http.send", built-in "opa.runtime"$/);
  });

  test('decodes bytes of a constant that are no text is refused by name, and text is not', () => {
    const planOfConstant = (constant: string) =>
      planOf(`package t\n\np := base64.decode("${constant}")\n`, 't/p');
    expect(() => compilePlan(planOfConstant('/w=='))).toThrow(
      'the plan needs what this engine does not have: built-in "base64.decode of bytes that are not UTF-8"',
    );
    expect(compilePlan(planOfConstant('YQ==')).evaluate('t/p')).toMatchObject({ value: 'a' });
  });

  test('name every kind of statement that is not known', () => {
    const plan = planOf('package t\n\np := input.a', 't/p').replaceAll('DotStmt', 'LeapStmt');
    expect(() => compilePlan(plan)).toThrow(/statement "LeapStmt"$/);
  });

  test.each([
    '',
    '{',
    '[]',
    '{"static":{},"plans":{"plans":[{"name":1}]}}',
    '{"plans":7}',
  ])('are told from plans: %j', (text) => {
    expect(() => compilePlan(text)).toThrow(SyntaxError);
  });

  test('a built-in can be added, and takes the place of ours', () => {
    const plan = planOf('package t\n\np := [opa.runtime(), 1 + 1]', 't/p');
    const builtins = new Map([
      ['opa.runtime', () => ({})],
      ['plus', () => 3],
    ]);
    expect(told(compilePlan(plan, { builtins }).evaluate('t/p'))).toBe('[{},3]');
  });
});

describe('what fired', () => {
  const policy = policyOf(
    [
      'default p := "no"',
      'p := "yes" if allowed',
      'allowed if input.role == "admin"',
      'allowed if {\n  some group in input.groups\n  f(group) == 1\n}',
      'f(x) := 1 if x == "ops"',
      'never contains 1 if input.role == "nobody"',
    ].join('\n\n'),
  );
  const rows = (options: EvaluationOptions) => {
    const evaluation = policy.evaluate('t/p', options);
    return evaluation.kind === 'failed' ? [] : evaluation.fired.map(({ rule, row }) => `${rule}:${row}`);
  };

  test('lists the definitions that held, by rule and row', () => {
    expect(rows({ input: { role: 'admin', groups: [] } })).toEqual(['data.t.allowed:7', 'data.t.p:5']);
    expect(rows({ input: { groups: ['x', 'ops'] } })).toEqual([
      'data.t.f:14',
      'data.t.allowed:9',
      'data.t.p:5',
    ]);
  });

  test('a default fires when nothing else does', () => {
    expect(rows({ input: {} })).toEqual(['data.t.p:3']);
  });

  test('a trace tells in order what was tried, what held and what did not', () => {
    const evaluation = policy.evaluate('t/p', { input: { groups: ['x'] }, trace: true });
    const trace = evaluation.trace?.map(({ kind, rule, row, value }) =>
      [kind, rule, row, value].join(' ').trim(),
    );
    expect(trace).toEqual([
      'enter data.t.p 5',
      'enter data.t.allowed 7',
      'failed_at data.t.allowed 7',
      'enter data.t.f 14 "x"',
      'failed_at data.t.f 14',
      'leave data.t.f 14',
      'failed_at data.t.allowed 11',
      'leave data.t.allowed 7',
      'failed_at data.t.p 5',
      'fired data.t.p 3 "no"',
      'leave data.t.p 3 "no"',
    ]);
  });
});

describe('evaluations', () => {
  test('leave nothing behind: a hundred thousand take no more memory than the first', () => {
    const policy = policyOf(
      'p := {x: y | some x in input.list; y := q with input.v as x}\n\nq := [input.v, count(data.d)]',
    );
    const data = readData('{"d": [1, 2, 3]}');
    const run = (count: number) => {
      for (let index = 0; index < count; index++) {
        policy.evaluate('t/p', { input: { list: ['a', `b${index}`, 'c'] }, data });
      }
      gc();
      return process.memoryUsage().heapUsed;
    };
    const before = run(20_000);
    expect(run(100_000) - before).toBeLessThan(4_000_000);
  });

  test('memoise a rule for one input only', () => {
    let calls = 0;
    const plan = planOf(
      'package t\n\np := [q, r, w, q] if w := s with input.x as 2\n\ns := [q, r]\n\nr := q\n\nq := [input.x, time.now_ns()]',
      't/p',
    );
    const policy = compilePlan(plan, { builtins: new Map([['time.now_ns', () => ++calls]]) });
    expect(answer(policy, { input: { x: 1 } })).toBe('[[1,2],[1,2],[[2,1],[2,1]],[1,2]]');
    expect(answer(policy, { input: { x: 3 } })).toBe('[[3,4],[3,4],[[2,3],[2,3]],[3,4]]');
  });

  test('memoise that a rule is undefined', () => {
    let calls = 0;
    const plan = planOf(
      'package t\n\np contains 1 if q\n\np contains 2 if q\n\nq if time.now_ns() == 2',
      't/p',
    );
    const policy = compilePlan(plan, { builtins: new Map([['time.now_ns', () => ++calls * 10]]) });
    expect(answer(policy)).toBe('[]');
    expect(calls).toBe(1);
  });
});

/** Collects what is not in use. */
function gc(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
