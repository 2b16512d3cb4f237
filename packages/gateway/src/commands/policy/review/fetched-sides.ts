import pc from 'picocolors';
import type { FetchedNow } from '../../../distribution/delivery/following/fetch-now.ts';
import { absenceText } from '../../../distribution/sources/absence.ts';
import type { SourceTree } from '../../../distribution/sources/folder.ts';
import { warningText } from '../../bundle/build-folder.ts';
import { fetchedSources, usualDataDirectory } from '../../bundle/fetched-sources.ts';
import { placeOf } from '../../bundle/outcome.ts';

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
  const copies = after.warnings
    .filter(({ code }) => code === 'bundle_from_copy')
    .map((warning) => warningText({ ...warning, file: placeOf(directory, warning.file) }));
  const unseen = [...absent].map(
    ([name, absence]) =>
      `${pc.yellow('warning')} The rules of \`${name}\` are not told: ${absenceText(name, absence)}\n`,
  );
  return {
    before: before === undefined ? new Map() : present(before),
    after: present(after),
    untold: [...copies, ...unseen].join(''),
  };
}
