import type { DocumentText } from '../../sources/document.ts';

/** What a METADATA block says, as a YAML document. */
export interface MetadataBlock extends DocumentText {
  /** Of its row `# METADATA`. 1-based. */
  readonly firstRow: number;
  readonly lastRow: number;
}

/** Comments of a file that are METADATA: from the row that says so to the last row of the comment. */
export function metadataBlocks({ file, text }: Pick<DocumentText, 'file' | 'text'>): MetadataBlock[] {
  const lines = text.split(/\r?\n/);
  return lines.flatMap((line, at) => {
    if (!/^\s*#\s*METADATA\s*$/.test(line)) return [];
    const length = lines.slice(at).findIndex((below) => !/^\s*#/.test(below));
    const rows = length < 0 ? lines.slice(at) : lines.slice(at, at + length);
    return [{ file, text: metadataText(rows), firstRow: at + 1, lastRow: at + rows.length }];
  });
}

/** The YAML in the rows of a comment. The first says METADATA; left empty, it keeps the rows of the others. */
export function metadataText(rows: readonly string[]): string {
  return ['', ...rows.slice(1).map((line) => line.replace(/^\s*#/, ''))].join('\n');
}
