import { RuleKind } from '@bailiff/contract';

/** Edits beyond which a name is another word and not a misspelt one. */
const EDITS_MAX = 3;

/** The rule set that a name most probably means: the nearest within three edits; undefined where none is. */
export function nearestRuleSet(name: string): RuleKind | undefined {
  const [nearest] = RuleKind.options
    .map((kind) => ({ kind, edits: editsBetween(name, kind) }))
    .filter(({ edits }) => edits <= EDITS_MAX)
    .sort((a, b) => a.edits - b.edits);
  return nearest?.kind;
}

/** Levenshtein's distance: how many letters to add, drop or replace. */
export function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, position) => position);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [position, wanted] of [...to].entries()) {
      const replaced = (row[position] ?? 0) + (letter === wanted ? 0 : 1);
      next.push(Math.min(replaced, (row[position + 1] ?? 0) + 1, (next[position] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
