import { Script } from 'node:vm';
import { expect, test } from 'vitest';
import { compileInThread } from '../compile/compile-in-thread.ts';
import { UnsupportedPlan } from '../plan/unsupported-plan.ts';
import { planOf } from '../testing/opa.ts';
import { compilePlan, compilePlanAside } from './policy.ts';

const RULES = Array.from(
  { length: 300 },
  (_, index) => `f${index}(x) := y if { y := x + ${index}; y > ${index} }`,
);
const PLAN = planOf(
  `package t\n\n${RULES.join('\n')}\n\np := sum([${RULES.map((_, index) => `f${index}(1)`).join()}])\n`,
  't/p',
);
const { signal } = new AbortController();

test('a plan that is compiled aside decides as one that is not, and others have their turn meanwhile', async () => {
  let turns = 0;
  const turning = setInterval(() => (turns += 1), 1);
  const policy = await compilePlanAside(PLAN);
  clearInterval(turning);
  expect(turns).toBeGreaterThan(5);
  expect(policy.entrypoints).toEqual(['t/p']);
  expect(policy.evaluate('t/p')).toMatchObject({ kind: 'defined', value: 45_150 });
  expect(policy.evaluate('t/p')).toEqual(compilePlan(PLAN).evaluate('t/p'));
});

test('JavaScript takes what was compiled aside as it is', async () => {
  const { source, code } = await compileInThread(PLAN, signal);
  expect(new Script(source, { cachedData: code as Buffer }).cachedDataRejected).toBe(false);
});

test('what is wanted rarely of such a policy is there as well', async () => {
  const rules = 'p := x if some x in input.values\n\nq if to_number(input.text) == 1\n';
  const plan = planOf(`package t\n\n${rules}`, 't/p', 't/q');
  const [policy, own] = [await compilePlanAside(plan), compilePlan(plan)];
  for (const options of [{ input: { values: [1, 2] } }, { input: { values: [1] }, trace: true }]) {
    expect(policy.evaluate('t/p', options)).toEqual(own.evaluate('t/p', options));
  }
  const asked = { input: { text: 'one' }, strict: false };
  expect(policy.evaluate('t/q', asked)).toEqual(own.evaluate('t/q', asked));
});

test('what is no plan, or not supported, says so as ever, and nobody waits for what is not wanted any more', async () => {
  await expect(compilePlanAside('no plan')).rejects.toThrow(SyntaxError);
  const unsupported = PLAN.replaceAll('"plus"', '"no_such_builtin"');
  const refused = compilePlanAside(unsupported);
  await expect(refused).rejects.toThrow(UnsupportedPlan);
  await expect(refused).rejects.toMatchObject({ builtins: ['no_such_builtin'], statements: [] });
  const stopping = new AbortController();
  const compiling = compilePlanAside(PLAN, { signal: stopping.signal });
  stopping.abort(new Error('Nobody needs it any more.'));
  await expect(compiling).rejects.toThrow('Nobody needs it');
});

test('plans that are compiled at once are each what they are', async () => {
  const plans = ['1', '2', '3'].map((value) => planOf(`package t\n\np := ${value}\n`, 't/p'));
  const policies = await Promise.all([
    ...plans.map((plan) => compilePlanAside(plan)),
    compilePlanAside(PLAN),
  ]);
  const values = policies.map((policy) => policy.evaluate('t/p'));
  expect(values).toMatchObject([{ value: 1 }, { value: 2 }, { value: 3 }, { value: 45_150 }]);
});

test('a plan that cannot be compiled fails alone', async () => {
  const [begin, end] = ['{"type":"NotStmt","stmt":{"block":{"stmts":[', ']},"file":0,"col":0,"row":0}}'];
  const deep = `${begin.repeat(50_000)}${end.repeat(50_000)}`;
  const nested = PLAN.replace('"stmts":[', `"stmts":[${deep},`);
  expect(nested).not.toBe(PLAN);
  const [failed, policy] = await Promise.allSettled([compilePlanAside(nested), compilePlanAside(PLAN)]);
  expect(failed.status).toBe('rejected');
  expect(policy).toMatchObject({ status: 'fulfilled' });
});
