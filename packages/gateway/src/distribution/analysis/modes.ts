import type { Finding } from '../finding.ts';
import type { HeadRename } from './analyse.ts';

/**
 * The text of a module with heads renamed where they stand; rows stay what they were. A further body in braces shares the
 * head of the first and has none to rename.
 */
export function renameHeads(
  text: string,
  renames: readonly HeadRename[],
): { readonly text: string; readonly findings: readonly Finding[] } {
  const lines = text.split('\n');
  const findings: Finding[] = [];
  // From the end of each line, so that a rename leaves the columns of the others as they are.
  const ordered = [...renames].sort((a, b) => a.place.row - b.place.row || b.place.col - a.place.col);
  for (const { module, place, from, to } of ordered) {
    const line = lines[place.row - 1] ?? '';
    const before = line.slice(0, place.col - 1);
    const after = line.slice(place.col - 1);
    if (after.startsWith('{')) continue;
    if (after.startsWith(from)) {
      lines[place.row - 1] = `${before}${to}${after.slice(from.length)}`;
      continue;
    }
    findings.push({
      file: module.source.file,
      row: place.row,
      code: 'mode_not_applicable',
      detail: `The head \`${from}\` was not found where it should stand.`,
      mend: 'Begin the rule on a row of its own.',
    });
  }
  return { text: lines.join('\n'), findings };
}
