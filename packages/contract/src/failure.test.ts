import { expect, test } from 'vitest';
import { FAILURES, Failure, type FailureCode, toProblem } from './failure.ts';

test.each(
  Object.keys(FAILURES) as FailureCode[],
)('the detail of %s says something that its title does not', (code) => {
  const problem = toProblem(new Failure(code));
  expect(problem.detail).not.toBe(problem.title);
  expect(toProblem(new Failure(code, 'Because of this.')).detail).toBe('Because of this.');
});
