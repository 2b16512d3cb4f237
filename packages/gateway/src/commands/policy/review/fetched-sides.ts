import type { FetchedNow } from '../../../distribution/delivery/following/fetch-now.ts';
import type { SourceTree } from '../../../distribution/sources/folder.ts';
import { fetchedSources, usualDataDirectory } from '../../bundle/fetched-sources.ts';
import { untoldText } from '../untold.ts';

/** What both sides of a review take from sources. */
export interface FetchedSides {
  readonly before: FetchedNow['fetched'];
  readonly after: FetchedNow['fetched'];
  /** Which bundles were not looked at, and why: lines for people. */
  readonly untold: string;
}

/**
 * Fetches what the folder and its base take from sources, as these have it now. A bundle that one of the sides cannot have is left out
 * of both: else all its rules would seem to come or go.
 */
export async function fetchedSides(
  directory: string,
  base: SourceTree | undefined,
  withoutSources: true | undefined,
): Promise<FetchedSides> {
  const options = { dataDirectory: await usualDataDirectory(directory), withoutSources };
  const [after, before] = await Promise.all([
    fetchedSources(directory, options),
    base === undefined ? undefined : fetchedSources(directory, { ...options, tree: base }),
  ]);
  const absent = new Map([...(before?.absent ?? []), ...(after.absent ?? [])]);
  const present = ({ fetched }: FetchedNow) => new Map([...fetched].filter(([name]) => !absent.has(name)));
  return {
    before: before === undefined ? new Map() : present(before),
    after: present(after),
    untold: untoldText(directory, { absent, warnings: after.warnings }),
  };
}
