import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Oracle, openOracle } from '../oracle/open-oracle.ts';
import { CASES, KNOWN_DIFFERENCES, readCases } from './case-file.ts';
import { fuzz } from './fuzz.ts';
import { runTrial } from './trial-run.ts';

/** Evaluations of the short run; the long one is `npm run fuzz`. */
const SHORT_RUN = 1_000;

let oracle: Oracle;
beforeAll(async () => {
  oracle = await openOracle();
});
afterAll(() => oracle[Symbol.asyncDispose]());

describe('what once differed from OPA agrees with it for ever', async () => {
  test.each([...(await readCases(CASES))])('%s', async (_name, { trial, opa }) => {
    const result = await runTrial(oracle, trial);
    expect(result?.opa).toEqual(opa);
    expect({ ours: result?.ours, difference: result?.difference }).toMatchObject({ difference: undefined });
  });
});

describe('a known difference is still there, and fails closed unless it is a defect of OPA’s evaluator', async () => {
  test.each([...(await readCases(KNOWN_DIFFERENCES))])('%s', async (name, { trial, opa }) => {
    const result = await runTrial(oracle, trial);
    expect(result?.opa).toEqual(opa);
    expect(result?.known).toBe(name.split('.')[0]);
    expect(result?.difference).toBe(result?.known === 'comprehension-index' ? 'outcome' : 'fail_closed');
  });
});

test('random policies over hostile inputs answer as OPA does, to the letter', async () => {
  const said: string[] = [];
  const totals = await fuzz({
    count: SHORT_RUN,
    seed: 'npm test',
    say: (text) => said.push(text),
    writes: false,
  });
  expect(said).toEqual([]);
  expect(totals).toMatchObject({
    evaluated: SHORT_RUN,
    outcome: 0,
    byte: 0,
    fail_closed: totals.planner + totals.library,
  });
});
