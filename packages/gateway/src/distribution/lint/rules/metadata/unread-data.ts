import { isWithin } from '../../../analysis/syntax.ts';
import { isObject } from '../../../sources/document.ts';
import { nearestName } from '../../../sources/words/nearest-name.ts';
import type { LintFinding } from '../../finding.ts';
import type { LintSubject } from '../../subject.ts';

/** The key of a bundle’s data that configures what it takes from the library. */
const LIBRARY = 'library';

/** Data under a name that is `library` but for a letter or two, and that no rule reads: the configuration holds for nothing. */
export function unreadDataFindings({ bundles, index }: LintSubject): LintFinding[] {
  const paths = index.rules.flatMap(({ references }) => references.map(({ path }) => path));
  return bundles.flatMap(({ source: { root, dataDocument } }) => {
    if (dataDocument === undefined || !isObject(dataDocument.value)) return [];
    return Object.keys(dataDocument.value)
      .filter((key) => key !== LIBRARY && nearestName(key, [LIBRARY]) !== undefined)
      .filter((key) => {
        const own = ['data', ...root, key];
        return !paths.some((path) => isWithin(path, own) || isWithin(own, path));
      })
      .map((key) => ({
        file: dataDocument.file,
        row: dataDocument.rowOf([key]),
        code: 'data_unread',
        severity: 'warning' as const,
        detail: `No rule reads \`${key}\`, so that what it configures does not hold.`,
        mend: `Did you mean \`${LIBRARY}\`? Else remove it.`,
      }));
  });
}
