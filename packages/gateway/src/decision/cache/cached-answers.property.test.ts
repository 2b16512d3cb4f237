import { isDeepStrictEqual } from 'node:util';
import type { Release } from '@bailiff/contract';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { exampleRelease } from '../../../../../conformance/example-company.ts';
import type { Engine, Evaluation } from '../engine.ts';
import { runOpa } from '../testing/decider.ts';
import { decisionKey } from './decision-key.ts';
import { type Dependencies, dependenciesOf, type Place } from './dependencies.ts';
import { type AnyCall, anyCall, variantsAt } from './testing/calls.ts';
import { buildCompany } from './testing/company.ts';
import { cached, countedEngine, embeddedWith, SwitchedReleases } from './testing/engines.ts';

const CALLS = Number(process.env.BAILIFF_PROPERTY_RUNS ?? 8) * 250;
const TIMEOUT_MS = 300_000;

let company: Release;
let example: Release;
beforeAll(async () => {
  [company, example] = await Promise.all([buildCompany(), exampleRelease()]);
}, TIMEOUT_MS);

const sampled = (count: number, seed: number): AnyCall[] => fc.sample(anyCall, { numRuns: count, seed });

/** Calls that the engine, and the one with a cache around it, answer otherwise. */
async function differences(calls: readonly AnyCall[], plain: Engine, around: Engine) {
  const differing: AnyCall[] = [];
  let answered = 0;
  for (const call of calls) {
    const signal = AbortSignal.timeout(10_000);
    const text = JSON.stringify(call.input);
    const expected = await plain.evaluate(call.entrypoint, text, signal);
    const given = await around.evaluate(call.entrypoint, text, signal);
    if (expected.kind === 'result') answered += 1;
    const isSame =
      expected.kind === 'failed' || given.kind === 'failed'
        ? expected.kind === given.kind
        : isDeepStrictEqual(given, expected);
    if (!isSame) differing.push(call);
  }
  return { differing, answered };
}

describe.each([
  ['a company whose every bundle reads something of its own', () => company],
  ['the example company', () => example],
])('%s', (_, releaseOf) => {
  test('answers the same with a cache and without, in whatever order calls come', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const releases = new SwitchedReleases(releaseOf());
    const engine = countedEngine(await embeddedWith(releaseOf()), releases);
    await using around = cached(engine, releases);
    const calls = sampled(CALLS, Date.now());
    for (const inOrder of [calls, calls.toReversed()]) {
      const { differing, answered } = await differences(inOrder, engine, around);
      expect(differing).toEqual([]);
      expect(answered).toBeGreaterThan(CALLS / 2);
    }
    const { hits = 0 } = around.status().cache ?? {};
    expect(hits, 'answers that were given again').toBeGreaterThan(CALLS / 2);
  });

  test('answers the same with a cache around OPA and without', { timeout: TIMEOUT_MS }, async () => {
    await using opa = await runOpa(releaseOf().bundle);
    const releases = new SwitchedReleases(releaseOf());
    const around = cached(opa.sidecar, releases);
    const { differing } = await differences(sampled(CALLS / 4, Date.now()), opa.sidecar, around);
    expect(differing).toEqual([]);
    expect(around.status().cache?.hits).toBeGreaterThan(CALLS / 16);
  });
});

test('everything that is in a key is needed there', { timeout: TIMEOUT_MS }, async () => {
  const releases = new SwitchedReleases(company);
  const engine = countedEngine(await embeddedWith(company), releases);
  const whole = dependenciesOf(company);
  const { always = [], ofPart } = whole;
  const calls = sampled(80, 7);
  const evaluations = new Map<string, Evaluation>();
  /** How many calls that differ in this place are answered otherwise than an earlier one with the same key. */
  const blindAt = async (dependencies: Dependencies, place: Place): Promise<number> => {
    const known = new Map<string, Evaluation>();
    let blind = 0;
    for (const { entrypoint, input } of calls.flatMap((call) => variantsAt(call, place))) {
      const text = JSON.stringify(input);
      const key = decisionKey(entrypoint, text, dependencies);
      if (key === undefined) continue;
      const named = `${entrypoint} ${text}`;
      const evaluation =
        evaluations.get(named) ?? (await engine.evaluate(entrypoint, text, AbortSignal.timeout(10_000)));
      evaluations.set(named, evaluation);
      if (evaluation.kind !== 'result') continue;
      if (!isDeepStrictEqual(known.get(key) ?? evaluation, evaluation)) blind += 1;
      known.set(key, evaluation);
    }
    return blind;
  };
  const needless: string[] = [];
  for (const place of always) {
    expect(await blindAt(whole, place), place.join('.')).toBe(0);
    const others = always.filter((other) => other !== place);
    if ((await blindAt({ ...whole, always: others }, place)) === 0) needless.push(place.join('.'));
  }
  for (const [part, places] of ofPart) {
    const without = { ...whole, ofPart: new Map([...ofPart, [part, []]]) };
    for (const place of places ?? [])
      if ((await blindAt(without, place)) === 0) needless.push(`${part}: ${place.join('.')}`);
  }
  const time = ['environment', 'time_s'];
  expect(await blindAt(whole, time)).toBe(0);
  if ((await blindAt({ ...whole, boundaries: [] }, time)) === 0) needless.push('boundaries');
  expect(needless).toEqual([]);
});
