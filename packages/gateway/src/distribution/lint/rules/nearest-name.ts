import { editsBetween } from '../../analysis/rule-set-names.ts';

/** Edits beyond which a name is another word and not a misspelt one; two letters in each other’s place are two edits. */
const EDITS_MAX = 2;

/** The one name that is nearest to what was written, within two edits; undefined where there is none or more than one. */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  const [nearest, next] = names
    .map((name) => ({ name, edits: editsBetween(written, name) }))
    .filter(({ name, edits }) => edits <= Math.min(EDITS_MAX, name.length / 2))
    .sort((a, b) => a.edits - b.edits);
  return nearest === undefined || nearest.edits === next?.edits ? undefined : nearest.name;
}
