import { editsBetween } from '../../analysis/rule-set-names.ts';

/** Edits beyond which a name is another word and not a misspelt one; two letters in each other’s place are two edits. */
const EDITS_MAX = 2;

/** Letters to an edit: `name` is no misspelt `time`, though two edits lead from one to the other. */
const LETTERS_AN_EDIT = 3;

/**
 * The one name that is nearest to what was written: within two edits, and one for each three letters, or with the same letters in
 * another order; undefined where there is none or more than one.
 */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const [nearest, next] = names
    .map((name) => ({ name, edits: editsBetween(written, name) }))
    .filter(({ name, edits }) => edits <= EDITS_MAX && isNear(written, name, edits))
    .sort((a, b) => a.edits - b.edits);
  return nearest === undefined || nearest.edits === next?.edits ? undefined : nearest.name;
}

function isNear(written: string, name: string, edits: number): boolean {
  return (
    edits <= Math.max(written.length, name.length) / LETTERS_AN_EDIT || lettersOf(written) === lettersOf(name)
  );
}

function lettersOf(text: string): string {
  return [...text].sort().join('');
}
