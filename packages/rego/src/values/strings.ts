/**
 * Strings by code point, which is the order of Go's strings. JavaScript's `<` goes by UTF-16 unit and puts
 * U+FF00 behind every emoji.
 * @returns less than 0, 0 or more than 0.
 */
export function compareStrings(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return aboveUnits(a) - aboveUnits(b);
  }
  return left.length - right.length;
}

/** A unit such that surrogates, which stand for code points past U+FFFF, come after all other units. */
function aboveUnits(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** The same text by itself: what was cut out of a longer one would keep that in memory for as long as it is kept. */
export function detached(text: string): string {
  return JSON.parse(JSON.stringify(text));
}
