import { expect, test } from 'vitest';
import { UnsupportedPlan } from '../plan/unsupported-plan.ts';
import { planOf } from '../testing/opa.ts';
import { compilePlan, compilePlanWithPauses } from './policy.ts';

const RULES = Array.from(
  { length: 300 },
  (_, index) => `f${index}(x) := y if { y := x + ${index}; y > ${index} }`,
);
const PLAN = planOf(
  `package t\n\n${RULES.join('\n')}\n\np := sum([${RULES.map((_, index) => `f${index}(1)`).join()}])\n`,
  't/p',
);

test('a plan that is compiled with pauses decides as one that is not, and others had their turn', async () => {
  let pauses = 0;
  const pause = async () => {
    pauses += 1;
  };
  const policy = await compilePlanWithPauses(PLAN, { pause });
  expect(policy.evaluate('t/p')).toMatchObject({ kind: 'defined', value: 45_150 });
  expect(policy.evaluate('t/p')).toEqual(compilePlan(PLAN).evaluate('t/p'));
  expect(pauses).toBeGreaterThan(2);
});

test('what a pause throws ends the compilation, and so does what is not supported', async () => {
  const pause = async () => Promise.reject(new Error('Nobody needs it any more.'));
  await expect(compilePlanWithPauses(PLAN, { pause })).rejects.toThrow('Nobody needs it');
  const unsupported = PLAN.replaceAll('"plus"', '"no_such_builtin"');
  await expect(compilePlanWithPauses(unsupported, { pause: async () => {} })).rejects.toThrow(
    UnsupportedPlan,
  );
});
