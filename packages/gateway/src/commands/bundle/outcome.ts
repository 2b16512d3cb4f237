import { join, relative } from 'node:path';
import { BundleFailure, type Finding, lineOfFinding } from '../../distribution/finding.ts';
import type { Reading } from '../../distribution/sources/document.ts';

/** What a command prints and exits with. */
export interface BundleOutcome {
  /** 0 when all is well, 1 when something is refused or a test fails. */
  readonly exitCode: number;
  readonly out: string;
  readonly error: string;
}

/** Options that every command about bundles has. */
export interface JsonOption {
  readonly json?: true;
}

/** What `work` gives; its refusal as findings below `directory`. Anything else that goes wrong throws. */
export async function outcomeOf(
  directory: string,
  json: true | undefined,
  work: () => Promise<BundleOutcome>,
): Promise<BundleOutcome> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof BundleFailure)) throw thrown;
    const findings = thrown.findings.map((finding) => ({
      ...finding,
      file: placeOf(directory, finding.file),
    }));
    return refusal(findings, json);
  }
}

/** As {@link outcomeOf}, where findings name files of a bundle and not of a folder. */
export async function partOutcomeOf(
  json: true | undefined,
  work: () => Promise<BundleOutcome>,
): Promise<BundleOutcome> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof BundleFailure)) throw thrown;
    return refusal(thrown.findings, json);
  }
}

/** What was read. @throws BundleFailure with the findings of what was refused. */
export function taken<Value>(reading: Reading<Value>): Value {
  if (reading.kind === 'read') return reading.value;
  throw new BundleFailure(reading.findings);
}

/** All is well: `value` for machines, `text` for people. */
export function done(json: true | undefined, value: object, text: string): BundleOutcome {
  return { exitCode: 0, out: json ? jsonOf(value) : text, error: '' };
}

/** A file as the reader may open it from where the command was run. */
export function placeOf(directory: string, file: string): string {
  return relative('', join(directory, file)) || file;
}

/** Indented JSON and a line break. */
export function jsonOf(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Writes an outcome and sets the exit code. */
export function print({ exitCode, out, error }: BundleOutcome): void {
  process.stdout.write(out);
  process.stderr.write(error);
  process.exitCode = exitCode;
}

function refusal(findings: readonly Finding[], json: true | undefined): BundleOutcome {
  if (json) return { exitCode: 1, out: jsonOf({ findings }), error: '' };
  const count = `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`;
  const error = `${findings.map((finding) => `${lineOfFinding(finding)}\n`).join('')}refused: ${count}\n`;
  return { exitCode: 1, out: '', error };
}
