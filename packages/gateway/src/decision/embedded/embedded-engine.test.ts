import type { JsonObject, Release } from '@bailiff/contract';
import { compilePlan } from '@bailiff/rego';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareEvaluations } from '../admission/difference.ts';
import { mutations } from '../admission/mutations.ts';
import { Deadline } from '../deadline.ts';
import type { Entrypoint } from '../engine.ts';
import { makeInput, makeListContext } from '../testing/context.ts';
import { type RunningOpa, runOpa } from '../testing/decider.ts';
import { buildPolicies } from '../testing/policies.ts';
import { makeRelease } from '../testing/release.ts';
import { EmbeddedEngine } from './embedded-engine.ts';

let release: Release;
let opa: RunningOpa;
const engine = new EmbeddedEngine();
beforeAll(async () => {
  release = await buildPolicies('1.0.0');
  await engine.prepare(release);
  opa = await runOpa(release.bundle);
});
afterAll(() => opa[Symbol.asyncDispose]());

const patience = () => AbortSignal.timeout(20_000);
const textOf = (args: JsonObject) => JSON.stringify(makeInput({ args }));
const ask = (inputText: string, signal = patience(), entrypoint: Entrypoint = 'bailiff/decision') =>
  engine.evaluate({ release, entrypoint, inputText }, signal);

/** Variants of each of these inputs that both engines are given. */
const VARIANTS = 25;
const INPUTS: readonly JsonObject[] = [
  { id: 7, rows: 20 },
  { rows: 500 },
  { amount: '1000.0', write: true },
  { amount: 'ten' },
  { contradict: true, fail: 'x' },
];

test('does what OPA does, value for value and failure for failure, on hundreds of inputs with something wrong', async () => {
  const told = new Map<string, number>();
  for (const [seed, args] of INPUTS.entries()) {
    const input = makeInput({ args }) as unknown as JsonObject;
    for (const variant of [input, ...mutations(input, seed, VARIANTS)])
      for (const entrypoint of [
        'bailiff/decision',
        'bailiff/decision_and_watched',
        'bailiff/visible',
      ] as const) {
        const inputText = JSON.stringify(variant);
        const expected = await opa.sidecar.evaluate(entrypoint, inputText, patience());
        const embedded = await ask(inputText, patience(), entrypoint);
        expect(compareEvaluations({ expected, embedded }, release.policyVersion), inputText).toBe('same');
        told.set(embedded.kind, (told.get(embedded.kind) ?? 0) + 1);
      }
  }
  expect(told.get('result')).toBeGreaterThan(200);
  expect(told.get('failed')).toBeGreaterThan(20);
});

test('names itself and the release that it was told to evaluate by, whichever is active', async () => {
  expect(await ask(textOf({ rows: 5 }))).toMatchObject({
    kind: 'result',
    engine: 'embedded',
    revision: release.policyVersion,
  });
});

test('evaluates by no release that was not made ready', async () => {
  const trial = {
    release: makeRelease('2.0.0+bbb'),
    entrypoint: 'bailiff/decision',
    inputText: '{}',
  } as const;
  expect(await engine.evaluate(trial, patience())).toMatchObject({
    kind: 'failed',
    code: 'policy_unavailable',
  });
  await expect(engine.prepare(trial.release)).rejects.toMatchObject({ code: 'policy_unavailable' });
  expect(await engine.evaluate(trial, patience())).toMatchObject({
    kind: 'failed',
    code: 'policy_unavailable',
  });
});

describe('a failure of policy', () => {
  test('tells where, and no value of the input', async () => {
    const failed = await ask(textOf({ amount: 'hunter2' }));
    expect(failed).toMatchObject({
      kind: 'failed',
      engine: 'embedded',
      code: 'evaluation_error',
      locations: expect.arrayContaining([
        { file: expect.stringContaining('resource/rules.rego'), row: expect.any(Number), builtin: true },
        { file: expect.stringContaining('kernel/decision.rego'), row: expect.any(Number), builtin: true },
      ]),
    });
    expect(JSON.stringify(failed) + String(failed.kind === 'failed' && failed.cause)).not.toContain(
      'hunter2',
    );
  });

  test('is told apart from input that is beyond the engine, which OPA may hold', async () => {
    const beyond = await ask(textOf({ rows: 'ROWS' }).replace('"ROWS"', '1e20000'));
    expect(beyond).toMatchObject({ kind: 'failed', code: 'evaluation_error', isBeyondEngine: true });
    expect(await ask(textOf({ amount: 'ten' }))).not.toHaveProperty('isBeyondEngine');
  });

  test('by rules that contradict each other is no built-in’s', async () => {
    const failed = await ask(textOf({ contradict: true }));
    const places = failed.kind === 'failed' ? failed.locations : [];
    expect(places.length).toBeGreaterThan(1);
    expect(places.filter(({ builtin }) => builtin)).toEqual([]);
  });

  test.each([
    '',
    '{',
    '{"a":1}}',
    'nonsense',
  ])('is what a text that is no JSON comes to: %j', async (text) => {
    expect(await ask(text)).toMatchObject({ kind: 'failed' });
  });

  test('is what a defect comes to, and nothing is thrown', async () => {
    const unheard = 'bailiff/unheard_of' as Entrypoint;
    expect(await ask('{}', patience(), unheard)).toMatchObject({ kind: 'failed', code: 'evaluation_error' });
  });
});

describe('time', () => {
  const stopped = (reason: unknown) => AbortSignal.abort(reason);

  test('that was up before is not evaluated in', async () => {
    expect(await ask(textOf({}), stopped(new Error('late')))).toMatchObject({ code: 'evaluation_timeout' });
    using deadline = new Deadline(patience(), 1);
    const until = performance.now() + 5;
    while (performance.now() < until); // Its timer cannot have run: that is the point.
    expect(deadline.signal.aborted).toBe(false);
    expect(await ask(textOf({}), deadline.signal)).toMatchObject({ code: 'evaluation_timeout' });
  });

  test('ends an evaluation that takes longer', async () => {
    const { input } = makeListContext(Array.from({ length: 20_000 }, (_, index) => `tool_${index}`));
    const inputText = JSON.stringify(input);
    using deadline = new Deadline(patience(), 30);
    const startedMs = performance.now();
    const evaluation = await ask(inputText, deadline.signal, 'bailiff/visible');
    expect(evaluation).toMatchObject({ kind: 'failed', code: 'evaluation_timeout' });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});

test('a release that could not be made ready, for want of memory or a thread, can be later', async () => {
  let isThere = false;
  const engine = new EmbeddedEngine({
    compile: async (plan) => {
      if (!isThere) throw new Error('no thread');
      return compilePlan(plan);
    },
  });
  await expect(engine.prepare(release)).rejects.toThrow('no thread');
  isThere = true;
  await engine.prepare(release);
  expect(engine.has(release)).toBe(true);
});

test('a plan that another release has too is compiled once, and each is evaluated by its own data', async () => {
  let compiled = 0;
  const counting = new EmbeddedEngine({
    compile: (plan) => {
      compiled += 1;
      return compilePlan(plan);
    },
  });
  const other = { ...release, policyVersion: '1.0.0+another' };
  const [first, second] = [await counting.prepare(release), await counting.prepare(other)];
  expect(compiled).toBe(1);
  expect(second.planDigest).toBe(first.planDigest);
  expect(await counting.planDigest(other)).toBe(first.planDigest);
  const trial = { release: other, entrypoint: 'bailiff/decision', inputText: textOf({ rows: 500 }) } as const;
  expect(await counting.evaluate(trial, patience())).toMatchObject({ revision: '1.0.0+another' });
});
