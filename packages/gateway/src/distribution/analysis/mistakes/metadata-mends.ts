import { RuleAnnotation } from '@bailiff/contract';
import type { DocumentPath } from '../../sources/document.ts';

/** Rows above a rule that are looked through for METADATA that OPA did not take for it. */
const ROWS_ABOVE_MAX = 60;

/** Why a rule that has METADATA by the look of it has none: what OPA makes of the comment above it. Rows are 1-based. */
export function unseenMetadata(
  text: string,
  ruleRow: number,
): { readonly row: number; readonly mend: string } | undefined {
  const lines = text.split(/\r?\n/);
  const from = Math.max(0, ruleRow - 1 - ROWS_ABOVE_MAX);
  for (let at = ruleRow - 2; at >= from; at -= 1) {
    const line = lines[at] ?? '';
    if (/^\s*#+\s*meta-?\s?data\b/i.test(line) && !/^\s*#\s*METADATA\s*$/.test(line))
      return {
        row: at + 1,
        mend: 'Begin the comment with a row that says `# METADATA`, in capital letters and with nothing else.',
      };
    if (line.trim() !== '' && !/^\s*#/.test(line)) return undefined;
  }
  return undefined;
}

/** Where a key that is missing in METADATA stands after all: in the comment, below an empty row that ends the METADATA. */
export function keyBelowBlock(
  text: string,
  { key, firstRow, ruleRow }: { readonly key: string; readonly firstRow: number; readonly ruleRow: number },
): { readonly row: number; readonly mend: string } | undefined {
  const lines = text.split(/\r?\n/).slice(0, ruleRow - 1);
  const end = lines.findIndex((line, at) => at >= firstRow && !/^\s*#/.test(line));
  const at =
    end < 0
      ? -1
      : lines.findIndex((line, row) => row > end && new RegExp(`^\\s*#\\s*${key}\\s*:`).test(line));
  if (at < 0) return undefined;
  return { row: at + 1, mend: `METADATA ends at row ${end + 1}, which is no comment: remove that row.` };
}

/** Where a key belongs that METADATA does not have at a path; undefined where it has it nowhere. */
export function placeOfKey(path: DocumentPath): string | undefined {
  const key = String(path.at(-1));
  if (path.length === 1 && Object.hasOwn(RuleAnnotation.shape, key))
    return `Put it below \`custom:\`, indented further than that: \`#   ${key}: …\`.`;
  if (path.length === 2 && path[0] === 'custom' && (key === 'title' || key === 'description'))
    return `Put it above \`custom:\`, beginning where that begins: \`# ${key}: …\`.`;
  return undefined;
}
