import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadedConfiguration, loadConfiguration } from '../../config.ts';
import { type FetchedNow, fetchNow } from '../../distribution/delivery/following/fetch-now.ts';
import { SourceFolder, type SourceTree } from '../../distribution/sources/folder.ts';
import { openFetcher } from '../../stores/bundle-sources/open-fetcher.ts';
import { LAST_GOOD_FOLDER, LastGoodBundles } from '../../stores/last-good-bundles.ts';
import { defaultConfigurationFile } from '../places.ts';

export interface FetchedSourcesOptions {
  /** `data_dir` of the gateway that decides by this release; undefined where none is known. */
  readonly dataDirectory: string | undefined;
  /** Leaves out the bundles that come from a source. */
  readonly withoutSources?: true | undefined;
  /** Where `release.yaml` is read, where that is not the folder as it is now. */
  readonly tree?: SourceTree | undefined;
}

/** How commands call the option that leaves such bundles out. */
export const WITHOUT_SOURCES = [
  '--without-sources',
  'leave out bundles that release.yaml has fetched from a source, instead of fetching them',
] as const;

/**
 * What a release takes from sources: fetched now and verified, else as the gateway of that release keeps it. Nothing is written
 * to the gateway’s data folder.
 * @throws BundleFailure where a key of the release cannot be read.
 */
export async function fetchedSources(
  directory: string,
  { dataDirectory, withoutSources = undefined, tree = new SourceFolder(directory) }: FetchedSourcesOptions,
): Promise<FetchedNow> {
  // A gateway may be at work in its own, and two of them in one copy of a repository disturb each other.
  const scratch = await mkdtemp(join(tmpdir(), 'bailiff-sources-'));
  try {
    return await fetchNow(tree, {
      openFetcher: (name, origin) =>
        openFetcher(origin, { name, directory, dataDirectory: scratch, environment: process.env }),
      lastGood:
        dataDirectory === undefined ? undefined : new LastGoodBundles(join(dataDirectory, LAST_GOOD_FOLDER)),
      isWithout: withoutSources === true,
      clock: Date.now,
      signal: new AbortController().signal,
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The data folder of the gateway that a configuration makes of this policy folder; undefined where it makes none of it. */
export function dataDirectoryOf(
  directory: string,
  loaded: LoadedConfiguration | undefined,
): string | undefined {
  const { policy, data_dir } = loaded?.configuration ?? {};
  return policy?.directory === directory ? data_dir : undefined;
}

/** The data folder of the gateway of this policy folder, by the configuration that is named, else the usual one. */
export async function usualDataDirectory(directory: string, config?: string): Promise<string | undefined> {
  // A folder can be checked without any configuration, so that one which cannot be used is none.
  const loaded = await loadConfiguration(config ?? defaultConfigurationFile()).catch(() => undefined);
  return dataDirectoryOf(directory, loaded);
}
