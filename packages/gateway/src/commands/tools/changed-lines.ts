/** A line of two texts beside each other: of both, only of the first, or only of the second. */
export interface ComparedLine {
  readonly kind: 'same' | 'gone' | 'new';
  readonly text: string;
}

/** Lines of each text that are compared one by one; of longer texts all lines are told as gone and new. */
const LINES_MAX = 1_000;

/** Lines of both that are kept around a change. */
const AROUND = 2;

/** The lines that differ, with a few around them; what is left out between is one line that says so. */
export function changedLines(before: readonly string[], after: readonly string[]): ComparedLine[] {
  return withoutMost(compared(before, after));
}

function compared(before: readonly string[], after: readonly string[]): ComparedLine[] {
  const line = (kind: ComparedLine['kind']) => (text: string) => ({ kind, text });
  if (before.length > LINES_MAX || after.length > LINES_MAX)
    return [...before.map(line('gone')), ...after.map(line('new'))];
  const common = commonLengths(before, after);
  const lines: ComparedLine[] = [];
  let [at, to] = [0, 0];
  while (at < before.length || to < after.length) {
    const [old = '', text = ''] = [before[at], after[to]];
    if (at < before.length && to < after.length && old === text) {
      lines.push({ kind: 'same', text });
      at += 1;
      to += 1;
    } else if (to >= after.length || (at < before.length && common(at + 1, to) >= common(at, to + 1))) {
      lines.push({ kind: 'gone', text: old });
      at += 1;
    } else {
      lines.push({ kind: 'new', text });
      to += 1;
    }
  }
  return lines;
}

/** How many lines the rests of both have in common, in order, from one line of each on. */
function commonLengths(before: readonly string[], after: readonly string[]) {
  const width = after.length + 1;
  const lengths = new Uint16Array((before.length + 1) * width);
  const common = (at: number, to: number) => lengths[at * width + to] ?? 0;
  for (let at = before.length - 1; at >= 0; at -= 1)
    for (let to = after.length - 1; to >= 0; to -= 1)
      lengths[at * width + to] =
        before[at] === after[to]
          ? common(at + 1, to + 1) + 1
          : Math.max(common(at + 1, to), common(at, to + 1));
  return common;
}

function withoutMost(lines: readonly ComparedLine[]): ComparedLine[] {
  const near = (index: number) =>
    lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ kind }) => kind !== 'same');
  const kept: ComparedLine[] = [];
  let left = 0;
  const tellLeft = () => {
    if (left > 0) kept.push({ kind: 'same', text: `… ${left} more` });
    left = 0;
  };
  for (const [index, line] of lines.entries()) {
    if (line.kind === 'same' && !near(index)) left += 1;
    else {
      tellLeft();
      kept.push(line);
    }
  }
  tellLeft();
  return kept;
}
