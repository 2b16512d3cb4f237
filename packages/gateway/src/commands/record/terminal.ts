import type { RecordedOutcome } from '../../record/reader.ts';

/** How a text is coloured; picocolors has the same functions, or none when output is no terminal. */
type Colour = (text: string) => string;

export interface Colours {
  readonly green: Colour;
  readonly red: Colour;
  readonly yellow: Colour;
  readonly bold: Colour;
  readonly dim: Colour;
}

/**
 * Characters that steer a terminal or hide text, written out as `\u{202e}`. Line feeds too: a value stays on its
 * line.
 */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

const MARKS: Readonly<Record<RecordedOutcome, string>> = {
  allow: '✓',
  deny: '✗',
  approval_required: '?',
  refused: '✗',
};

/** Mark and word of an outcome, so that colour is never the only difference. The word is the one of filters and of JSON. */
export function tellOutcome(outcome: RecordedOutcome): string {
  return `${MARKS[outcome]} ${outcome}`;
}

/** The colour of an outcome. */
export function colourOf(outcome: RecordedOutcome, { green, red, yellow }: Colours): Colour {
  if (outcome === 'allow') return green;
  return outcome === 'approval_required' ? yellow : red;
}

/** One column: its heading, and the least width; `end` aligns to the right. */
export interface Column {
  readonly heading: string;
  readonly width?: number;
  readonly end?: true;
}

/** The same columns, at least as wide as these rows need: for rows of which some come later. */
export function widened(columns: readonly Column[], rows: readonly (readonly string[])[]): Column[] {
  return columns.map((column, at) => ({
    ...column,
    width: Math.max(
      column.width ?? 0,
      column.heading.length,
      ...rows.map((row) => visible(row[at] ?? '').length),
    ),
  }));
}

/** Rows of visible text in columns two spaces apart. `paint` colours a cell after it was padded. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paint: (text: string, row: number, column: number) => string = (text) => text,
): string {
  const cells = rows.map((row) => row.map(visible));
  const widths = widened(columns, rows).map(({ width = 0 }) => width);
  const line = (row: readonly string[], number: number) =>
    columns
      .map(({ end }, at) => {
        const text = row[at] ?? '';
        const last = at === columns.length - 1;
        const padded = end ? text.padStart(widths[at] ?? 0) : last ? text : text.padEnd(widths[at] ?? 0);
        return paint(padded, number, at);
      })
      .join('  ')
      .trimEnd();
  const headings = columns.map(({ heading }) => heading);
  return [line(headings, -1), ...cells.map((row, number) => line(row, number))]
    .map((text) => `${text}\n`)
    .join('');
}
