import type { Finding } from '../finding.ts';

/** What is wrong with a file of a part, and how to mend it. */
export interface Words {
  readonly detail: string;
  readonly mend: string;
}

/** A part, or a file of it, that cannot be used. */
export interface Refused {
  readonly kind: 'refused';
  readonly findings: readonly Finding[];
}

/** One finding about a file as a whole, as what a reading gives. */
export function refused(file: string, code: string, words: Words): Refused {
  return { kind: 'refused', findings: [{ file, row: 1, code, ...words }] };
}
