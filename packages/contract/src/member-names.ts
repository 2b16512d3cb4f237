/** Printable ASCII: nothing to normalise and nothing invisible. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Control characters, separators, and whatever renderers show as nothing (zero-width, bidirectional, fillers). */
const INVISIBLE = /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/u;

/** The long s and the Kelvin sign: parsers that fold case (Go’s among them) take them for `s` and `k`. */
const FOLDED_INTO_ASCII = /[\u017f\u212a]/u;

/**
 * Why the keys of one object must not be passed on, or undefined when all parsers read them alike: none invisible,
 * none that a parser drops or obeys, no two that a parser which folds case or normalises takes for one.
 */
export function objectionToNames(names: readonly string[]): string | undefined {
  const folded = names.length > 1 ? new Set<string>() : undefined;
  for (const name of names) {
    if (name === '__proto__') return 'a key is `__proto__`, which parsers drop or obey.';
    const plain = PLAIN.test(name);
    if (!plain) {
      if (!name.isWellFormed()) return 'a key holds half of a surrogate pair.';
      if (INVISIBLE.test(name)) return 'a key holds a control or invisible character.';
      if (FOLDED_INTO_ASCII.test(name)) return 'a key holds a character that some parsers take for a letter.';
    }
    if (folded === undefined) continue;
    const form = plain ? name.toLowerCase() : name.normalize('NFKC').toUpperCase().toLowerCase();
    if (folded.has(form)) return 'an object holds two keys that some parsers take for one.';
    folded.add(form);
  }
  return undefined;
}
