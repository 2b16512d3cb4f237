import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Oracle, openOracle } from '../oracle/open-oracle.ts';
import { CASES, KNOWN_DIFFERENCES, readCases } from './case-file.ts';
import { fuzz } from './fuzz.ts';
import { knownDifference } from './known-differences.ts';
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

test.each([
  ['less', '[1]', '[2]'],
  ['greater', '[2]', '[1]'],
])('a failure of ours behind an equality that does not hold, its comprehension being %s, is of no known cause', async (_order, list, other) => {
  const trial = {
    modules: {
      'fa.rego': 'package fa\n\nr0 if {\n\t[v | some v in input.l] == input.x\n\tlower(input.n)\n}',
    },
    dataText: '{}',
    entrypoint: 'fa/r0',
    inputText: `{"l":${list},"x":${other},"n":1}`,
    strict: true,
  };
  const message = 'lower: operand 1 must be string but got number';
  const ours = { kind: 'failed', code: 'eval_type_error', message } as const;
  expect((await runTrial(oracle, trial))?.opa).toEqual({ kind: 'undefined' });
  expect(await knownDifference(oracle, trial, { opa: { kind: 'undefined' }, ours })).toBeUndefined();
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
