import { Failure } from '@bailiff/contract';

/** One thing wrong with the sources of a release, where it stands, and how to mend it. */
export interface Finding {
  /** Relative to the release’s directory. */
  readonly file: string;
  /** 1-based; 1 where the file as a whole is meant. */
  readonly row: number;
  /** Stable, `snake_case`. */
  readonly code: string;
  readonly detail: string;
  readonly mend: string;
}

/** Findings beyond this many are counted and not listed, so that one broken file cannot bury a terminal. */
const LISTED_MAX = 200;

/** Findings of one part that status, log and probes tell; `release status --json` has all. */
export const TOLD_MAX = 20;

/**
 * The sources of a release cannot be used. `findings` holds everything that was found, by file and row; `detail` lists
 * it, a line each, as `file:row: code: detail — mend`.
 */
export class BundleFailure extends Failure {
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[], options?: { readonly cause?: unknown }) {
    const sorted = sortFindings(findings);
    super('bundle_invalid', linesOf(sorted).join('\n'), options);
    this.findings = sorted;
  }
}

/** A finding as one line for people: `file:row: code: detail — mend`. */
export function lineOfFinding({ file, row, code, detail, mend }: Finding): string {
  return `${file}:${row}: ${code}: ${detail}${mend === '' ? '' : ` — ${mend}`}`;
}

/** By file, then row, then code and detail; each once. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const byLine = new Map(findings.map((finding) => [lineOfFinding(finding), finding]));
  return [...byLine.values()].sort(
    (a, b) =>
      compare(a.file, b.file) || a.row - b.row || compare(a.code, b.code) || compare(a.detail, b.detail),
  );
}

/** Order of code units: the same on every machine, whatever its locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The first findings, a line each, and how many more there are. */
export function firstLines(
  findings: readonly Finding[],
  linesMax: number,
): { readonly lines: string[]; readonly rest: number } {
  const lines = findings.slice(0, linesMax).map(lineOfFinding);
  return { lines, rest: findings.length - lines.length };
}

function linesOf(findings: readonly Finding[]): string[] {
  const { lines, rest } = firstLines(findings, LISTED_MAX);
  return rest > 0 ? [...lines, `… and ${rest} more.`] : lines;
}
