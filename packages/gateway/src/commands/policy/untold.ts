import pc from 'picocolors';
import type { FetchedNow } from '../../distribution/delivery/following/fetch-now.ts';
import { absenceText } from '../../distribution/sources/absence.ts';
import { warningText } from '../bundle/build-folder.ts';
import { placeOf } from '../bundle/outcome.ts';

/** Lines for people: which bundles were not looked at, and why, and which are copies. */
export function untoldText(
  directory: string,
  { absent = new Map(), warnings }: Pick<FetchedNow, 'absent' | 'warnings'>,
): string {
  const copies = warnings
    .filter(({ code }) => code === 'bundle_from_copy')
    .map((warning) => warningText({ ...warning, file: placeOf(directory, warning.file) }));
  const unseen = [...absent].map(
    ([name, absence]) =>
      `${pc.yellow('warning')} The rules of \`${name}\` are not told: ${absenceText(name, absence)}\n`,
  );
  return [...copies, ...unseen].join('');
}
