import type { Edit } from '../finding.ts';

/** A text after the edits that could be made, and how many those were. */
export interface Edited {
  readonly text: string;
  readonly made: number;
}

/**
 * Makes each group of edits whole or not at all: only where every text to be replaced stands where it should, and touches nothing
 * that another group changed before. What is left can be asked for again of the text that comes out.
 */
export function applyEdits(text: string, groups: readonly (readonly Edit[])[]): Edited {
  const taken: Span[] = [];
  let made = 0;
  for (const group of groups) {
    const spans = group.map((edit) => spanOf(edit, text));
    const whole = spans.filter((span) => span !== undefined);
    if (whole.length < spans.length || whole.some((span) => taken.some((other) => touches(span, other))))
      continue;
    taken.push(...whole);
    made += 1;
  }
  const ordered = taken.toSorted((a, b) => b.start - a.start);
  return {
    text: ordered.reduce(
      (changed, { start, end, put }) => changed.slice(0, start) + put + changed.slice(end),
      text,
    ),
    made,
  };
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly put: string;
}

function spanOf({ row, col, old, new: put }: Edit, text: string): Span | undefined {
  const lines = text.split('\n');
  const line = lines[row - 1];
  if (line === undefined) return undefined;
  const before = lines.slice(0, row - 1).reduce((length, { length: own }) => length + own + 1, 0);
  // Columns count characters, as people do; texts count the halves of those that need two.
  const start = before + [...line].slice(0, col - 1).join('').length;
  return text.startsWith(old, start) ? { start, end: start + old.length, put } : undefined;
}

function touches(a: Span, b: Span): boolean {
  return a.start <= b.end && b.start <= a.end;
}
