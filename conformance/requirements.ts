/**
 * What is promised, as data: each promise with where it comes from, and what shows it. Tests of the conformance suite say
 * themselves what they show, with `verifies`; tests that stand beside their sources are named here. A promise that no test
 * shows, and a test that is named and is not there, fails `requirements.test.ts`.
 */
import { HOLES } from './requirements/holes.ts';
import { ARCHITECTURE } from './requirements/laws.ts';
import { MATRIX } from './requirements/matrix.ts';
import { PROMISES } from './requirements/promises.ts';

export type { Requirement } from './requirements/requirement.ts';

export const REQUIREMENTS = { ...MATRIX, ...HOLES, ...PROMISES, ...ARCHITECTURE };
export type RequirementId = keyof typeof REQUIREMENTS;

/** Says which promises the test that calls it shows. */
export function verifies(..._ids: readonly RequirementId[]): void {}
