import type { ReleaseRule } from '@bailiff/contract';

/** The paths of the input that a rule reads, as `input.action.args.rows`. */
export function inputReads(rule: ReleaseRule): readonly string[] {
  return rule.reads.filter((path) => isWithin(path, 'input'));
}

/** Whether a path is a place or lies below it. */
export function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}.`);
}

/** Whether a path lies in or above a place, so that reading it reads something of the place. */
export function touches(path: string, place: string): boolean {
  return isWithin(path, place) || isWithin(place, path);
}

const PRINCIPAL_PLACES = ['input.agent', 'input.user', 'input.session', 'input.environment'] as const;

/** Whether a rule looks at who calls and when alone, so that it says the same of whatever they call. */
export function readsPrincipalOnly(rule: ReleaseRule): boolean {
  return inputReads(rule).every((path) => PRINCIPAL_PLACES.some((place) => isWithin(path, place)));
}
