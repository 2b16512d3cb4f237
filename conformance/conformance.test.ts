import { KernelAnswer, type Release, VisibleAnswer, WatchedAnswer } from '@bailiff/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type NamedCase, readCases } from './case.ts';
import { completeInput, merged } from './default-input.ts';
import {
  type CaseEngine,
  type CaseEvaluation,
  ENGINES,
  type OpenEngine,
  type SwitchableEngine,
} from './engines.ts';
import { completeForCompany, exampleRelease } from './example-company.ts';
import { isAlone, type SyntheticRelease, syntheticData, syntheticModules } from './synthetic-release.ts';

type SyntheticCase = NamedCase & { readonly release: SyntheticRelease };

const ANSWERS = {
  decision: KernelAnswer,
  visible: VisibleAnswer,
  watched: WatchedAnswer,
  decision_and_watched: z.strictObject({ decision: KernelAnswer, watched: WatchedAnswer }),
} as const;

const cases = readCases();
const synthetic = cases.filter((each): each is SyntheticCase => each.release !== undefined);
const ofTheCompany = cases.filter((each) => each.release === undefined);

test('there are cases of both kinds', () => {
  expect(synthetic.length).toBeGreaterThan(0);
  expect(ofTheCompany.length).toBeGreaterThan(0);
});

describe.each(ENGINES)('$name decides as the case says', (candidate) => {
  const mine = ({ file }: NamedCase) => candidate.cases.test(file);
  describe('of releases that stand in one', () => {
    const together = synthetic.filter((each) => mine(each) && !isAlone(each.release));
    let engine: SwitchableEngine;
    beforeAll(async () => {
      engine = await openFor(candidate, together);
    });
    afterAll(() => engine[Symbol.asyncDispose]());

    test.each(together)('$file', (each) => holds(each, engine));
  });

  test.each(
    synthetic.filter((each) => mine(each) && isAlone(each.release)),
  )('of a release of its own: $file', async (each) => {
    await using engine = await openFor(candidate, [each]);
    await holds(each, engine);
  });

  describe('of the example company’s release', () => {
    let release: Release;
    let engine: OpenEngine;
    beforeAll(async () => {
      release = await exampleRelease();
      engine = await candidate.openBundle(release.bundle);
    });
    afterAll(() => engine[Symbol.asyncDispose]());

    test.each(ofTheCompany.filter(mine))('$file', async (each) => {
      verify(each, await engine.evaluate(each.entrypoint, completeForCompany(each.input, release)));
    });
  });
});

function openFor(candidate: CaseEngine, those: readonly SyntheticCase[]): Promise<SwitchableEngine> {
  return candidate.openModules(syntheticModules(new Map(those.map(({ file, release }) => [file, release]))));
}

async function holds(each: SyntheticCase, engine: SwitchableEngine): Promise<void> {
  await engine.switchTo(syntheticData(each.release));
  const input = merged(completeInput(each.input), { context: { conversation_id: each.file } });
  verify(each, await engine.evaluate(each.entrypoint, input));
}

function verify({ want, exact, entrypoint }: NamedCase, evaluation: CaseEvaluation): void {
  if (want === 'failure') {
    expect(evaluation.kind).toBe('failed');
    return;
  }
  expect(evaluation).toMatchObject({ kind: 'result' });
  const value = evaluation.kind === 'result' ? evaluation.value : undefined;
  expect(ANSWERS[entrypoint].safeParse(value).error).toBeUndefined();
  if (exact) expect(value).toEqual(want);
  else expect(value).toMatchObject(want);
}
