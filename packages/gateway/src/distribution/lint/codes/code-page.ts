import type { Severity } from '../finding.ts';

/** What a code of `bailiff policy check` means. Codes are stable and never reused. */
export interface CodePage {
  readonly severity: Severity;
  /** What is wrong, as a heading. */
  readonly title: string;
  /** What comes of it. */
  readonly why: string;
  /** How it is mended. */
  readonly mend: string;
  /** Rego or YAML that is found, and the same mended. */
  readonly example?: { readonly before: string; readonly after: string };
  /** What `--fix` does about it; absent where a person has to decide. */
  readonly fix?: string;
}
