import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '@bailiff/contract';
import pc from 'picocolors';
import { type BuiltRelease, buildRelease } from '../../distribution/build-release.ts';
import { type Finding, lineOfFinding } from '../../distribution/finding.ts';
import { kernelDirectory, opaPath } from '../places.ts';
import { type FetchedSourcesOptions, fetchedSources } from './fetched-sources.ts';
import { placeOf } from './outcome.ts';

export interface BuildFolderOptions extends FetchedSourcesOptions {
  /** Default: that of this machine. */
  readonly opa?: string;
}

export interface BuiltFolder extends BuiltRelease {
  /** Of the warnings those that say which bundles were left out, or are copies; the files as the reader may open them. */
  readonly doubts: readonly Finding[];
}

/**
 * Builds the release of a folder as a gateway would compose it now, what it takes from sources included.
 * @throws BundleFailure with every finding when the sources cannot be used; Failure when `opa` cannot be run.
 */
export async function buildFolder(directory: string, options: BuildFolderOptions): Promise<BuiltFolder> {
  const { warnings, ...sources } = await fetchedSources(directory, options);
  const { opa = opaPath() } = options;
  const built = await buildRelease({ directory, kernel: kernelDirectory(), opa, ...sources });
  const doubts = warnings.map((warning) => ({ ...warning, file: placeOf(directory, warning.file) }));
  return { ...built, warnings: [...warnings, ...built.warnings], doubts };
}

/**
 * Refuses what is no policy folder: nothing there, a file, or a folder without `release.yaml`, or `bundle.yaml` where one bundle
 * will do. @throws Failure `configuration_invalid` saying which.
 */
export function refuseNoPolicy(directory: string, { isRelease }: { readonly isRelease: boolean }): void {
  const wanted = isRelease ? [RELEASE] : [RELEASE, BUNDLE];
  if (wanted.some((file) => existsSync(join(directory, file)))) return;
  const mend = isRelease
    ? 'Name the folder of a release.'
    : 'Name the folder of a release, or of one bundle.';
  throw new Failure(
    'configuration_invalid',
    `${placeOf('', directory)} ${lackOf(directory, isRelease)}. ${mend}`,
  );
}

const RELEASE = 'release.yaml';
const BUNDLE = 'bundle.yaml';

function lackOf(directory: string, isRelease: boolean): string {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (found === undefined) return 'does not exist';
  if (!found.isDirectory()) return 'is a file and no folder';
  return isRelease ? `has no ${RELEASE}` : `has neither ${RELEASE} nor ${BUNDLE}`;
}

/** A warning as one line for people. */
export function warningText(warning: Finding): string {
  return `${pc.yellow('warning')} ${lineOfFinding(warning)}\n`;
}
