import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadConfiguration } from '../../config.ts';
import type { FetchedNow } from '../../distribution/delivery/following/fetch-now.ts';
import { compare } from '../../distribution/finding.ts';
import { checkBundle } from '../../distribution/lint/check/check-bundle.ts';
import { checkRelease } from '../../distribution/lint/check/check-release.ts';
import {
  type Attempt,
  attempt,
  type CheckReport,
  type CheckTools,
  graded,
} from '../../distribution/lint/check/report.ts';
import type { LintFinding } from '../../distribution/lint/finding.ts';
import { readFolder } from '../../stores/bundle-sources/folder/folder-files.ts';
import { refuseNoPolicy } from '../bundle/build-folder.ts';
import { fetchedSources, usualDataDirectory } from '../bundle/fetched-sources.ts';
import { type BundleOutcome, jsonOf, placeOf } from '../bundle/outcome.ts';
import { SIZE_LIMIT_BYTES } from '../bundle/part-place.ts';
import { defaultConfigurationFile, kernelDirectory, opaPath } from '../places.ts';
import { REGAL, regalFindings } from './regal.ts';
import { sarifOf } from './sarif.ts';
import { checkJson, fixedText, reportText } from './tell-check.ts';
import { type FixedFile, writeFixes } from './write-fixes.ts';

/** How findings are printed. */
export const FORMATS = ['text', 'json', 'sarif'] as const;

export interface CheckOptions {
  readonly format: (typeof FORMATS)[number];
  readonly strict?: true;
  readonly fix?: true;
  /** False leaves Regal out. */
  readonly regal?: boolean;
  /** Leaves out the bundles that come from a source. */
  readonly withoutSources?: true;
}

/** Mends may uncover others; after so many rounds what is left is for a person. */
const ROUNDS_MAX = 4;

/**
 * Checks a folder, and mends it before where that is asked for.
 * @throws Failure when the folder holds no policy, or `opa` cannot be run.
 */
export async function policyCheck(dir: string | undefined, options: CheckOptions): Promise<BundleOutcome> {
  const { format, strict = false, fix = false, regal = true, withoutSources } = options;
  const directory = dir === undefined ? await configuredDirectory() : resolve(dir);
  const tools = { opa: opaPath(), signal: new AbortController().signal, now: new Date() };
  const fixed: FixedFile[] = [];
  const dataDirectory = await usualDataDirectory(directory);
  const fetched = await attempt('release.yaml', () =>
    fetchedSources(directory, { dataDirectory, withoutSources }),
  );
  let report = await checkFolder(directory, fetched, tools);
  for (let round = 0; fix && round < ROUNDS_MAX; round += 1) {
    const written = await writeFixes(directory, report.findings);
    if (written.length === 0) break;
    fixed.push(...written);
    report = await checkFolder(directory, fetched, tools);
  }
  const remarks = regal && report.isLinted ? await regalFindings(directory, tools.signal) : [];
  const findings = [...report.findings, ...remarks]
    .sort((a, b) => compare(a.file, b.file) || a.row - b.row)
    .map((finding) => ({ ...finding, file: placeOf(directory, finding.file) }));
  const files = fixed.map((file) => ({ ...file, file: placeOf(directory, file.file) }));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  // Regal is not installed everywhere: what passes on one machine passes on every other.
  const counted = findings.filter(({ code }) => code !== REGAL);
  const exitCode = errors > 0 || (strict && counted.length > 0) ? 1 : 0;
  const told = { findings, isLinted: report.isLinted, fixed: files };
  switch (format) {
    case 'json':
      return { exitCode, out: jsonOf(checkJson(told)), error: '' };
    case 'sarif':
      return { exitCode, out: jsonOf(sarifOf(findings)), error: fixedText(files) };
    case 'text':
      return { exitCode, out: `${fixedText(files)}${reportText(told)}`, error: '' };
  }
}

async function checkFolder(
  directory: string,
  fetched: Attempt<FetchedNow>,
  tools: CheckTools,
): Promise<CheckReport> {
  if (existsSync(join(directory, 'release.yaml'))) {
    if (fetched.kind === 'refused') return { findings: graded(fetched.findings), isLinted: false };
    const { warnings, ...sources } = fetched.value;
    const report = await checkRelease({ directory, kernel: kernelDirectory(), ...sources }, tools);
    return { ...report, findings: [...graded(warnings), ...ownFindings(report.findings, sources)] };
  }
  refuseNoPolicy(directory, { isRelease: false });
  const files = await readFolder(directory, { bytesMax: SIZE_LIMIT_BYTES, signal: tools.signal });
  return await checkBundle(files, tools);
}

/** What is doubtful about a bundle that was fetched is for its owner, and mended where it comes from. */
function ownFindings(
  findings: readonly LintFinding[],
  { fetched }: Pick<FetchedNow, 'fetched'>,
): readonly LintFinding[] {
  const isFetched = ({ file }: LintFinding) =>
    [...fetched.keys()].some((name) => file.startsWith(`${name}/`));
  return findings.flatMap(({ fix, ...finding }) => {
    if (!isFetched(finding)) return [{ ...finding, ...(fix && { fix }) }];
    return finding.severity === 'error' ? [finding] : [];
  });
}

async function configuredDirectory(): Promise<string> {
  return (await loadConfiguration(defaultConfigurationFile())).configuration.policy.directory;
}
