import { expect, test } from 'vitest';
import { loadCases } from './compliance/cases.ts';
import { evaluateCase } from './compliance/evaluate-case.ts';
import { readExceptions } from './compliance/exceptions.ts';
import { runCompliance } from './compliance/run-compliance.ts';

/** Cases that have to pass at the least, of OPA 1.22.2's 2,400: as many as do. */
const PASSED_MIN = 2_160;

/** How long each list of exceptions may be at the most, so that nothing that passed is listed away. */
const EXCEPTIONS_MAX = { builtins: 24, cases: 2 };

test('OPA’s own cases pass to the letter, apart from those that are listed with a reason', async () => {
  const exceptions = await readExceptions();
  const { results, needless } = runCompliance(await loadCases(), exceptions, evaluateCase);
  const unlisted = results.filter(({ why, exception }) => why !== undefined && exception === undefined);
  expect(unlisted.map(({ group, note, why }) => `${group}: ${note}: ${why}`)).toEqual([]);
  expect(needless, 'the list of exceptions may only shrink').toEqual([]);
  expect(exceptions.builtins.size).toBeLessThanOrEqual(EXCEPTIONS_MAX.builtins);
  expect(exceptions.cases.size).toBeLessThanOrEqual(EXCEPTIONS_MAX.cases);
  expect(results.filter(({ why }) => why === undefined).length).toBeGreaterThanOrEqual(PASSED_MIN);
});
