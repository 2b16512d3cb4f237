import type { Release } from '@bailiff/contract';
import { describe, expect, test, vi } from 'vitest';
import type { Difference } from './admission/difference.ts';
import { AutoEngine, type AutoEngineOptions, SHADOWS_MAX } from './auto-engine.ts';
import type { Evaluation } from './engine.ts';
import { makeRelease } from './testing/release.ts';
import { policyFailure, result, ScriptedReference, scripted } from './testing/scripted-engine.ts';
import { failed } from './unevaluated.ts';

const first = makeRelease('1.0.0+aaa');
const second = makeRelease('2.0.0+bbb');
const ADMITTED = { kind: 'admitted', detail: 'It did as OPA in 9 trials.' } as const;

interface Made {
  readonly engine: AutoEngine;
  readonly reference: ScriptedReference;
  readonly embedded: ReturnType<typeof scripted>;
  readonly told: [string, Difference][];
  current: Release | undefined;
  ask(): Promise<Evaluation>;
}

function make(
  options: Partial<AutoEngineOptions> & {
    readonly byEmbedded?: () => Evaluation;
    readonly byOpa?: () => Evaluation;
  } = {},
): Made {
  const { byEmbedded, byOpa, ...rest } = options;
  const reference = new ScriptedReference(first.policyVersion, () => byOpa?.() ?? result('sidecar', first));
  const embedded = scripted(({ release }) => byEmbedded?.() ?? result('embedded', release));
  const told: Made['told'] = [];
  const engine = new AutoEngine({
    embedded,
    reference,
    releases: { current: () => made.current, accepts: () => undefined },
    fallsBack: true,
    shadow: 0,
    chance: () => 0,
    shadowDeadlineMs: 5_000,
    onDifference: ({ policyVersion }, difference) => told.push([policyVersion, difference]),
    ...rest,
  });
  const made: Made = {
    engine,
    reference,
    embedded,
    told,
    current: first,
    ask: () => engine.evaluate('bailiff/decision', '{"a":1}', AbortSignal.timeout(5_000)),
  };
  return made;
}

describe('a release that was not admitted', () => {
  test.each([
    ['not compared yet', undefined],
    ['refused', { kind: 'refused', detail: 'It differs.' } as const],
  ])('is OPA’s to decide by: %s', async (_what, standing) => {
    const made = make();
    if (standing !== undefined) made.engine.judge(first, standing);
    expect(await made.ask()).toMatchObject({ kind: 'result', engine: 'sidecar' });
    expect(made.embedded.asked).toEqual([]);
    expect(made.engine.status()).toMatchObject({
      ready: true,
      detail: expect.stringMatching(/^OPA decides: /),
    });
    expect(made.engine.status().standby, 'OPA is not beside it').toBeUndefined();
  });

  test('decides nothing where OPA may not, and says why', async () => {
    const made = make({ fallsBack: false });
    made.engine.judge(first, { kind: 'refused', detail: 'The plan needs http.send.' });
    const evaluation = await made.ask();
    expect(evaluation).toMatchObject({ kind: 'failed', code: 'policy_unavailable', engine: 'none' });
    expect(String(evaluation.kind === 'failed' && evaluation.cause)).toContain('The plan needs http.send.');
    expect(made.reference.asked, 'OPA is not asked').toEqual([]);
    expect(made.engine.status()).toMatchObject({
      ready: false,
      detail: 'The plan needs http.send.',
      revision: '',
      standby: { ready: true },
    });
  });

  test('decides nothing where there is none at all', async () => {
    const made = make({ fallsBack: false });
    made.current = undefined;
    expect(await made.ask()).toMatchObject({ kind: 'failed', code: 'policy_unavailable' });
    expect(made.engine.status()).toMatchObject({ ready: false, detail: 'No release is active.' });
  });
});

describe('a release that was admitted', () => {
  test('is decided by without OPA, whose state is told beside', async () => {
    const made = make();
    made.engine.judge(first, ADMITTED);
    made.reference.isReady = false;
    expect(await made.ask()).toMatchObject({ kind: 'result', engine: 'embedded', revision: '1.0.0+aaa' });
    expect(made.reference.asked).toEqual([]);
    expect(made.engine.status()).toMatchObject({
      ready: true,
      revision: '1.0.0+aaa',
      standby: { ready: false, detail: 'OPA cannot be reached.' },
    });
  });

  test('says nothing of the next one: OPA decides by that at once', async () => {
    const made = make();
    made.engine.judge(first, ADMITTED);
    made.current = second;
    expect(await made.ask()).toMatchObject({ engine: 'sidecar' });
    made.current = first;
    expect(await made.ask(), 'and back').toMatchObject({ engine: 'embedded' });
  });

  test('and fails, though OPA answers: OPA’s answer counts, and the release is OPA’s from then on', async () => {
    const made = make({ byEmbedded: () => policyFailure('embedded') });
    made.engine.judge(first, ADMITTED);
    expect(await made.ask()).toMatchObject({ kind: 'result', engine: 'sidecar' });
    expect(made.told).toEqual([
      [
        '1.0.0+aaa',
        { kind: 'input', entrypoint: 'bailiff/decision', inputText: '{"a":1}', comparison: 'fail_closed' },
      ],
    ]);
    await made.ask();
    expect(made.embedded.asked).toHaveLength(1);
    made.engine.judge(first, ADMITTED);
    expect(made.engine.standingOf(first).kind, 'for good').toBe('refused');
  });

  test('and is given what is beyond the engine: OPA’s answer counts, and the release stays', async () => {
    const made = make({ byEmbedded: () => ({ ...policyFailure('embedded'), isBeyondEngine: true }) });
    made.engine.judge(first, ADMITTED);
    expect(await made.ask()).toMatchObject({ kind: 'result', engine: 'sidecar' });
    expect([made.engine.standingOf(first).kind, made.told]).toEqual(['admitted', []]);
  });

  test('and fails, as it does in OPA: OPA’s failure is given, which knows more places', async () => {
    const made = make({
      byEmbedded: () => policyFailure('embedded', 'helper.rego'),
      byOpa: () => policyFailure('sidecar', 'rule.rego'),
    });
    made.engine.judge(first, ADMITTED);
    expect(await made.ask()).toMatchObject({ engine: 'sidecar', locations: [{ file: 'rule.rego' }] });
    expect(made.engine.standingOf(first).kind).toBe('admitted');
  });

  test.each<[string, Evaluation]>([
    ['is gone', failed('policy_unavailable', 0)],
    ['has another release', result('sidecar', second)],
  ])('and fails while OPA %s: it stays a failure, and nothing was found out', async (_what, opa) => {
    const made = make({ byEmbedded: () => policyFailure('embedded'), byOpa: () => opa });
    made.engine.judge(first, ADMITTED);
    expect(await made.ask()).toMatchObject({ kind: 'failed', engine: 'embedded' });
    expect(made.told).toEqual([]);
  });

  test('and fails where OPA may not decide: a failure, whatever OPA would answer', async () => {
    const made = make({ fallsBack: false, byEmbedded: () => policyFailure('embedded') });
    made.engine.judge(first, ADMITTED);
    expect(await made.ask()).toMatchObject({ kind: 'failed', engine: 'embedded' });
    expect(made.reference.asked).toEqual([]);
  });

  test('and is too late: OPA has no time left either', async () => {
    const made = make({ byEmbedded: () => failed('evaluation_timeout', 0) });
    made.engine.judge(first, ADMITTED);
    expect(await made.ask()).toMatchObject({ kind: 'failed', code: 'evaluation_timeout' });
    expect(made.reference.asked).toEqual([]);
  });
});

describe('a sample', () => {
  test.each([
    true,
    false,
  ])('that OPA decides otherwise demotes the release, told once (falls back: %s)', async (fallsBack) => {
    const made = make({ fallsBack, shadow: 1, byOpa: () => result('sidecar', first, { allow: false }) });
    made.engine.judge(first, ADMITTED);
    const answers = await Promise.all([made.ask(), made.ask()]);
    for (const answer of answers) expect(answer, 'nobody waits for it').toMatchObject({ engine: 'embedded' });
    await vi.waitFor(() => expect(made.engine.standingOf(first).kind).toBe('refused'));
    expect(made.told).toHaveLength(1);
    expect(made.told).toMatchObject([['1.0.0+aaa', { comparison: 'outcome' }]]);
    const next = await made.ask();
    if (fallsBack) expect(next).toMatchObject({ kind: 'result', engine: 'sidecar' });
    else expect(next).toMatchObject({ kind: 'failed', code: 'policy_unavailable' });
  });

  test('that was decided by a release since replaced speaks of that release alone', async () => {
    const made = make({ shadow: 1 });
    made.engine.judge(first, ADMITTED);
    made.engine.judge(second, ADMITTED);
    const answer = Promise.withResolvers<Evaluation>();
    made.reference.script = () => answer.promise;
    await made.ask();
    made.current = second;
    answer.resolve(result('sidecar', second, 'another value'));
    await vi.waitFor(() => expect(made.reference.asked).toHaveLength(1));
    await answer.promise;
    expect([first, second].map((release) => made.engine.standingOf(release).kind)).toEqual([
      'admitted',
      'admitted',
    ]);
    expect(made.told).toEqual([]);
  });

  test('is taken by chance, as often as was asked for', async () => {
    let draw = 0;
    const made = make({ shadow: 0.25, chance: () => (draw++ % 100) / 100 });
    made.engine.judge(first, ADMITTED);
    for (let call = 0; call < 100; call++) {
      await made.ask();
      await new Promise(setImmediate);
    }
    expect(made.reference.asked).toHaveLength(25);
  });

  test('is bounded: an OPA that does not answer holds a few, and no decision', async () => {
    const made = make({ shadow: 1 });
    made.engine.judge(first, ADMITTED);
    made.reference.script = () => new Promise(() => {});
    for (let call = 0; call < 50; call++) expect(await made.ask()).toMatchObject({ engine: 'embedded' });
    expect(made.reference.asked).toHaveLength(SHADOWS_MAX);
  });

  test('that OPA cannot answer says nothing, and neither does an engine that throws', async () => {
    const made = make({ shadow: 1 });
    made.engine.judge(first, ADMITTED);
    made.reference.script = () => failed('policy_unavailable', 0);
    await made.ask();
    made.reference.script = () => {
      throw new Error('against its word');
    };
    await made.ask();
    await new Promise(setImmediate);
    await made.ask();
    expect(made.reference.asked, 'its places are free again').toHaveLength(3);
    expect(made.told).toEqual([]);
  });
});
