import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import type { LintFinding } from '../../distribution/lint/finding.ts';

const RUN_TIMEOUT_MS = 60_000;
const OUTPUT_BYTES_MAX = 33_554_432;

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
    .nullable()
    .default([]),
});

/** What Regal remarks about the Rego in a folder; nothing where it is not installed or does not answer as it should. */
export async function regalFindings(directory: string, signal: AbortSignal): Promise<LintFinding[]> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const regal = folders.map((folder) => join(folder, 'regal')).find((path) => existsSync(path));
  if (regal === undefined) return [];
  return findingsIn(await printed(regal, directory, signal), directory);
}

/** Findings of what Regal printed. Whatever level it gives them, they are warnings: it is not installed everywhere. */
export function findingsIn(text: string, directory: string): LintFinding[] {
  const report = RegalReport.safeParse(jsonIn(text));
  return (report.data?.violations ?? []).map(
    ({ title, description, category, location, related_resources }) => {
      const [documentation] = related_resources;
      return {
        file: relative(directory, resolve(directory, location.file)),
        row: Math.max(1, location.row),
        code: 'regal',
        severity: 'warning',
        detail: `${category}/${title}: ${description}.`,
        mend: documentation === undefined ? '' : `See ${documentation.ref}`,
      };
    },
  );
}

/** Regal ends with another exit code where it has remarks, so that only what it prints counts. */
function printed(regal: string, directory: string, signal: AbortSignal): Promise<string> {
  const options = { cwd: directory, signal, timeout: RUN_TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX } as const;
  return new Promise((done) => {
    execFile(regal, ['lint', '--format', 'json', '.'], options, (_error, stdout) => done(stdout));
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // It said something else than findings; it is never required.
  }
}
