import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import type { LintFinding } from '../../distribution/lint/finding.ts';

const RUN_TIMEOUT_MS = 60_000;
const OUTPUT_BYTES_MAX = 33_554_432;

/**
 * Rules of Regal that are not asked: what they say the builder or our own lint says with more knowledge of the release, or it does not
 * hold of bundles.
 */
export const NOT_ASKED: readonly string[] = [
  // Of rules and data that other bundles, or the directory, have, Regal sees nothing; `data_undefined` does.
  'unresolved-reference',
  // The kernel has the entrypoint, and bundles have none.
  'no-defined-entrypoint',
  // A bundle’s folder is named by release.yaml, and its package is checked against its name.
  'directory-package-mismatch',
  // METADATA stands on the first of several bodies of an id, and is that of all.
  'ambiguous-scope',
  // Tests replace data by its whole path.
  'ignored-import',
];

/** What `regal lint --format json` prints, as far as it is used. */
const RegalReport = z.object({
  violations: z
    .array(
      z.object({
        title: z.string(),
        description: z.string(),
        category: z.string(),
        location: z.object({ file: z.string(), row: z.int().default(1) }),
        related_resources: z.array(z.object({ ref: z.string() })).default([]),
      }),
    )
    .nullable(),
});

/** What it prints where it lints nothing. */
const RegalErrors = z.object({ errors: z.array(z.string()).min(1) });

/** What one run of Regal left. */
export interface RegalRun {
  readonly text: string;
  /** Why it did not end by itself, or what it says beside its report. */
  readonly trouble: string;
}

/** The code of what Regal says, and of what is wrong with Regal. */
export const REGAL = 'regal';

/** What Regal remarks about the Rego in a folder; nothing where it is not installed. */
export async function regalFindings(directory: string, signal: AbortSignal): Promise<LintFinding[]> {
  const regal = regalPath();
  return regal === undefined ? [] : findingsIn(await printed(regal, directory, signal), directory);
}

/** The executable that PATH has; undefined where it has none. */
export function regalPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, 'regal')).find((path) => existsSync(path));
}

/**
 * Findings of what Regal printed. Whatever level it gives them, they are warnings: it is not installed everywhere. That it printed no
 * report is one too.
 */
export function findingsIn({ text, trouble }: RegalRun, directory: string): LintFinding[] {
  const value = jsonIn(text);
  const report = RegalReport.safeParse(value);
  if (!report.success) return [unusable(RegalErrors.safeParse(value).data?.errors[0] ?? trouble)];
  return (report.data.violations ?? []).map(
    ({ title, description, category, location, related_resources }) => {
      const [documentation] = related_resources;
      return {
        file: relative(directory, resolve(directory, location.file)),
        row: Math.max(1, location.row),
        code: REGAL,
        severity: 'warning',
        detail: `${category}/${title}: ${description}.`,
        mend: documentation === undefined ? '' : `See ${documentation.ref}`,
      };
    },
  );
}

/** Characters that are told of what went wrong. */
const SAID_MAX = 300;

function unusable(reason: string): LintFinding {
  const said = reason.replace(/\s+/g, ' ').trim().slice(0, SAID_MAX);
  return {
    ...{ file: '.', row: 1, code: REGAL, severity: 'warning' },
    detail: `Regal is installed and was run, and gave no report: ${said === '' ? 'it said nothing.' : said}`,
    mend: 'Run `regal lint .` in the folder to see more, bring Regal up to date, or leave it out with `--no-regal`.',
  };
}

/** Regal ends with another exit code where it has remarks, so that what it prints is looked at first. */
function printed(regal: string, directory: string, signal: AbortSignal): Promise<RegalRun> {
  const options = { cwd: directory, signal, timeout: RUN_TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX } as const;
  const disabled = NOT_ASKED.flatMap((rule) => ['--disable', rule]);
  return new Promise((done) => {
    execFile(regal, ['lint', '--format', 'json', ...disabled, '.'], options, (error, stdout, stderr) => {
      const ended = error === null || typeof error.code === 'number' ? '' : troubleOf(error);
      done({ text: stdout, trouble: `${ended} ${stderr || stdout}`.trim() });
    });
  });
}

function troubleOf({ message, killed, signal }: Error & { killed?: boolean; signal?: string }): string {
  if (killed === true) return `It did not end within ${RUN_TIMEOUT_MS / 1_000} s.`;
  return signal ? `It was ended by ${signal}.` : `${message}.`;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // It said something else than a report, which is told.
  }
}
