import type { Finding } from '../finding.ts';

/** An error keeps a release from building, or a rule from doing what its text says. A warning is for a person to judge. */
export type Severity = 'error' | 'warning';

/** A piece of text that is put in the place of another. */
export interface Edit {
  /** 1-based, as OPA counts them: columns in characters. */
  readonly row: number;
  readonly col: number;
  /** What stands there; where it does not, nothing is changed. */
  readonly old: string;
  readonly new: string;
}

/** A finding, how grave it is, and the mend where it is mechanical. */
export interface LintFinding extends Finding {
  readonly severity: Severity;
  /** Edits of the finding’s file that mend it; absent where a person has to decide. */
  readonly fix?: readonly Edit[];
}
