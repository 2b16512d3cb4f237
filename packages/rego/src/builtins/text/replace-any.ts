import type { BuiltinContext } from '../builtin.ts';
import { NotRepresentableError } from '../encodings/utf8.ts';

/** Characters that are looked at between two looks at the limits: each may be compared with long patterns. */
const CHARACTERS_PER_CHECK = 64;

export type Replacement = readonly [searched: string, by: string];

/**
 * Replaces from left to right whichever pattern matches first, of several the shortest one, as Go's `strings.Replacer`
 * does where the patterns are sorted.
 * @throws {NotRepresentableError} where Go would put a replacement between the bytes of a character.
 */
export function replaceAny(
  context: BuiltinContext,
  text: string,
  replacements: readonly Replacement[],
): string {
  // An empty pattern is the shortest everywhere, except right after it has matched.
  const empty = replacements.find(([searched]) => searched === '')?.[1];
  const search = searchOf(replacements);
  const parts: string[] = [];
  let copied = 0;
  let index = 0;
  for (let passed = 0; ; passed++) {
    if (passed % CHARACTERS_PER_CHECK === 0) context.checkLimits();
    if (empty !== undefined) {
      parts.push(text.slice(copied, index), empty);
      copied = index;
    }
    if (index === text.length) break;
    const found = search(text, index);
    if (found !== undefined) {
      parts.push(text.slice(copied, index), found[1]);
      index += found[0].length;
      copied = index;
      continue;
    }
    const code = text.codePointAt(index) as number;
    if (empty !== undefined && empty !== '' && code > 0x7f) {
      throw new NotRepresentableError('not representable: a string of bytes that are not valid UTF-8');
    }
    index += code > 0xffff ? 2 : 1;
  }
  parts.push(text.slice(copied));
  return parts.join('');
}

/** A search for the replacement whose pattern, not empty, stands at an index of a text. */
function searchOf(
  replacements: readonly Replacement[],
): (text: string, index: number) => Replacement | undefined {
  const reachable = reachableOf(replacements);
  const firstUnits = new Set(reachable.map(([searched]) => searched.charCodeAt(0)));
  const lengthMax = reachable.reduce((max, [searched]) => Math.max(max, searched.length), 0);
  return (text, index) => {
    if (!firstUnits.has(text.charCodeAt(index))) return undefined;
    const rest = text.slice(index, index + lengthMax);
    let low = 0;
    let high = reachable.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((reachable[middle] as Replacement)[0] <= rest) low = middle + 1;
      else high = middle;
    }
    // No pattern begins with another one, so the last that is not after the text is the only one it may begin with.
    const last = reachable[low - 1];
    return last !== undefined && rest.startsWith(last[0]) ? last : undefined;
  };
}

/** The replacements by their patterns, without those that never match because a shorter one always matches first. */
function reachableOf(replacements: readonly Replacement[]): readonly Replacement[] {
  const sorted = replacements
    .filter(([searched]) => searched !== '')
    .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
  const reachable: Replacement[] = [];
  for (const replacement of sorted) {
    const last = reachable.at(-1);
    if (last === undefined || !replacement[0].startsWith(last[0])) reachable.push(replacement);
  }
  return reachable;
}
