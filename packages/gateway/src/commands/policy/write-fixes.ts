import { readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { LintFinding } from '../../distribution/lint/finding.ts';
import { applyEdits } from '../../distribution/lint/fixes/apply-edits.ts';
import { replaceFile } from '../replace-file.ts';

/** A file that was mended: its text before and after. */
export interface FixedFile {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/** Writes the mends that findings below a folder bring, each file whole or not at all. Gives the files that changed. */
export async function writeFixes(directory: string, findings: readonly LintFinding[]): Promise<FixedFile[]> {
  const byFile = Map.groupBy(
    findings.filter(({ fix }) => fix !== undefined),
    ({ file }) => file,
  );
  const fixed: FixedFile[] = [];
  for (const [file, found] of byFile) {
    const path = await realpath(join(directory, file));
    // A link may lead to what belongs to somebody else.
    if (!path.startsWith(`${await realpath(directory)}${sep}`)) continue;
    const before = await readFile(path, 'utf8');
    const { text: after, made } = applyEdits(
      before,
      found.flatMap(({ fix }) => (fix === undefined ? [] : [fix])),
    );
    if (made === 0 || after === before) continue;
    await replaceFile(path, after);
    fixed.push({ file, before, after });
  }
  return fixed;
}
