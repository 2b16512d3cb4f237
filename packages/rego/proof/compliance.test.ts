import { expect, test } from 'vitest';
import { loadCases } from './compliance/cases.ts';
import { evaluateCase } from './compliance/evaluate-case.ts';
import { readExceptions } from './compliance/exceptions.ts';
import { runCompliance } from './compliance/run-compliance.ts';

/** Cases that have to pass at the least, of OPA 1.22.2's 2,400. */
const PASSED_MIN = 2_100;

test('OPA’s own cases pass to the letter, apart from those that are listed with a reason', async () => {
  const { results, needless } = runCompliance(await loadCases(), await readExceptions(), evaluateCase);
  const unlisted = results.filter(({ why, exception }) => why !== undefined && exception === undefined);
  expect(unlisted.map(({ group, note, why }) => `${group}: ${note}: ${why}`)).toEqual([]);
  expect(needless, 'the list of exceptions may only shrink').toEqual([]);
  expect(results.filter(({ why }) => why === undefined).length).toBeGreaterThanOrEqual(PASSED_MIN);
});
