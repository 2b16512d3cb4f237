import { describe, expect, test } from 'vitest';
import type { Evaluation, Trial } from '../engine.ts';
import { makeRelease } from '../testing/release.ts';
import { policyFailure, result, ScriptedReference, scripted } from '../testing/scripted-engine.ts';
import { failed } from '../unevaluated.ts';
import { admit } from './admit.ts';

const release = makeRelease('1.0.0+aaa');

async function* trials(count: number): AsyncGenerator<Trial> {
  for (let number = 0; number < count; number++)
    yield { release, entrypoint: 'bailiff/decision', inputText: String(number) };
}

const run = (
  count: number,
  byOpa: (number: number) => Evaluation,
  options: {
    readonly byEmbedded?: (number: number) => Evaluation;
    readonly signal?: AbortSignal;
    readonly atOnce?: number;
  } = {},
) => {
  const { byEmbedded, signal = AbortSignal.timeout(20_000), atOnce = 1 } = options;
  const embedded = scripted(({ inputText }) => {
    const number = Number(inputText);
    return byEmbedded?.(number) ?? result('embedded', release, number);
  });
  const reference = new ScriptedReference(release.policyVersion, (text) => byOpa(Number(text)));
  const limits = { referenceDeadlineMs: 5_000, embeddedDeadlineMs: 5_000 };
  const verdict = admit({ embedded, reference, trials: trials(count), ...limits, atOnce, signal });
  return { verdict, embedded, reference };
};
const same = (number: number) => result('sidecar', release, number);

describe('a release', () => {
  test('whose trials all come out alike is admitted, with how many there were', async () => {
    expect(await run(40, same).verdict).toEqual({ kind: 'admitted', compared: 40, unknown: 0 });
  });

  test.each<[string, Evaluation, Evaluation, string]>([
    ['another value', same(-1), result('embedded', release, 7), 'outcome'],
    ['a failure where OPA answers', same(7), policyFailure('embedded'), 'fail_closed'],
    ['an answer where OPA fails', policyFailure('sidecar'), result('embedded', release, 7), 'outcome'],
  ])('is refused at the first difference, and tried no further: %s', async (_what, opa, own, comparison) => {
    const { verdict, embedded } = run(40, (number) => (number === 7 ? opa : same(number)), {
      byEmbedded: (number) => (number === 7 ? own : result('embedded', release, number)),
    });
    expect(await verdict).toEqual({
      kind: 'refused',
      compared: 8,
      difference: { kind: 'input', entrypoint: 'bailiff/decision', inputText: '7', comparison },
    });
    expect(embedded.asked).toHaveLength(8);
  });

  test('is judged alike where OPA is given several trials at once, and a difference ends them all', async () => {
    expect(await run(40, same, { atOnce: 4 }).verdict).toEqual({
      kind: 'admitted',
      compared: 40,
      unknown: 0,
    });
    const differing = (number: number) => (number === 7 ? same(-1) : same(number));
    const { verdict, embedded } = run(40, differing, { atOnce: 4 });
    expect(await verdict).toMatchObject({ kind: 'refused', difference: { inputText: '7' } });
    expect(embedded.asked.length).toBeLessThan(8 + 4);
    const { verdict: silent, embedded: asked } = run(1_000, () => failed('policy_unavailable', 0), {
      atOnce: 4,
    });
    expect(await silent).toEqual({ kind: 'unknown', compared: 0 });
    expect(asked.asked.length).toBeLessThan(24);
  });

  test('is not admitted without trials, or with many that OPA did not answer', async () => {
    expect(await run(0, same).verdict).toEqual({ kind: 'unknown', compared: 0 });
    const silent = (number: number) => (number % 5 === 0 ? failed('evaluation_timeout', 0) : same(number));
    expect(await run(30, silent).verdict).toMatchObject({ kind: 'unknown' });
    const seldom = (number: number) => (number % 20 === 19 ? failed('evaluation_timeout', 0) : same(number));
    expect(await run(40, seldom).verdict).toEqual({ kind: 'admitted', compared: 38, unknown: 2 });
  });

  test('is not tried on where OPA is gone', async () => {
    const { verdict, embedded } = run(1_000, () => failed('policy_unavailable', 0));
    expect(await verdict).toEqual({ kind: 'unknown', compared: 0 });
    expect(embedded.asked.length).toBeLessThan(20);
  });
});

test('other work has its turn between any two trials', async () => {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await run(100, same).verdict;
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(100);
});

test('is given up where its reason for being is gone', async () => {
  const stopping = new AbortController();
  const { verdict, embedded } = run(
    100,
    (number) => {
      if (number === 5) stopping.abort(new Error('Another release was activated.'));
      return same(number);
    },
    { signal: stopping.signal },
  );
  await expect(verdict).rejects.toThrow('Another release was activated.');
  expect(embedded.asked).toHaveLength(6);
});
