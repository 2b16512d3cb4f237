import { type JsonObject, KernelAnswer, type Release, VisibleAnswer, WatchedAnswer } from '@bailiff/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NamedCase, readCases } from './case.ts';
import { completeInput } from './default-input.ts';
import { type CaseEvaluation, ENGINES, type OpenEngine } from './engines.ts';
import { completeForCompany, exampleRelease } from './example-company.ts';
import { kernelModules } from './kernel-modules.ts';
import { composeSynthetic, type SyntheticRelease } from './synthetic-release.ts';

const cases = readCases();
const ANSWERS = { decision: KernelAnswer, visible: VisibleAnswer, watched: WatchedAnswer } as const;

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

describe.each(ENGINES)('$name decides', (candidate) => {
  describe('a release of a few lines', () => {
    const kernel = kernelModules();
    let engine: OpenEngine;
    beforeAll(async () => {
      engine = await candidate.open();
    });
    afterAll(() => engine[Symbol.asyncDispose]());

    const synthetic = cases.filter((each): each is NamedCase & { release: SyntheticRelease } => each.release !== undefined);
    test.each(synthetic)('$file', async (each) => {
      await engine.activate(composeSynthetic(each.release, kernel));
      verify(each, await engine.evaluate(each.entrypoint, completeInput(each.input)));
    });
  });

  describe('the example company’s release', () => {
    let release: Release;
    let engine: Omit<OpenEngine, 'activate'>;
    beforeAll(async () => {
      release = await exampleRelease();
      engine = await candidate.openBundle(release.bundle);
    });
    afterAll(() => engine[Symbol.asyncDispose]());

    test.each(cases.filter((each) => each.release === undefined))('$file', async (each) => {
      const input: JsonObject = completeForCompany(each.input, release);
      verify(each, await engine.evaluate(each.entrypoint, input));
    });
  });
});
