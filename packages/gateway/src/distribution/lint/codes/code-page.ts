import { posix } from 'node:path';
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

/** Where the pages of codes lie, as a folder of the repository. */
export const CODE_PAGES = 'docs/reference/lint';

/** What a page says, for where no link can be followed: addresses, and paths from the root of the repository. */
export function withoutLinks(markdown: string): string {
  return markdown.replace(
    /\[([^\]]+)\]\(([^)]+)\)/g,
    (_, words: string, target: string) =>
      `${words} (${target.includes(':') ? target : posix.join(CODE_PAGES, target)})`,
  );
}
