import { CODE_POINT_MAX, includes, negated, type Ranges, rangesOf } from './ranges.ts';
import tables from './tables.json' with { type: 'json' };

// Unicode as the Go release knows it that OPA is built with. JavaScript's own tables and those of re2js are of later
// versions of Unicode, where other code points are letters and other letters have a second case.

const categories: Readonly<Record<string, string>> = tables.categories;
const scripts: Readonly<Record<string, string>> = tables.scripts;
const aliases: Readonly<Record<string, string>> = tables.aliases;

const known = new Map<string, Ranges | undefined>();

/**
 * The code points of a class as Go finds it by name: `L`, `Lu`, `Letter`, `Greek`, `Any`; case, spaces, underscores
 * and hyphens of the name do not count.
 * @returns undefined where Go knows none of that name.
 */
export function unicodeClass(name: string): Ranges | undefined {
  return classOf(canonicalName(name));
}

/** The same where case does not count: with everything that is equal to a member then. */
export function unicodeClassOfAllCases(name: string): Ranges | undefined {
  const canonical = canonicalName(name);
  const ranges = classOf(canonical);
  // Go has no table of folds for cased letters, and leaves out what only folds to one.
  const isFolded = canonical !== 'Lc' && aliases[canonical] !== 'LC';
  return ranges !== undefined && isFolded ? withAllCases(ranges) : ranges;
}

function classOf(canonical: string): Ranges | undefined {
  if (known.has(canonical)) return known.get(canonical);
  const ranges = namedClass(canonical);
  // Only names that exist are kept, so what is kept is bounded.
  if (ranges !== undefined) known.set(canonical, ranges);
  return ranges;
}

/** Whether a code point is a letter or a decimal digit. */
export function isLetterOrDigit(codePoint: number): boolean {
  lettersAndDigits ??= union(['L', 'Nd']);
  return includes(lettersAndDigits, codePoint);
}

/** The other code points that are the same one when case does not count. */
export function otherCases(codePoint: number): readonly number[] {
  const others: number[] = [];
  for (let next = foldOf(codePoint); next !== codePoint; next = foldOf(next)) others.push(next);
  return others;
}

/** Ranges with everything that is equal to a member when case does not count. */
export function withAllCases(ranges: Ranges): Ranges {
  folds ??= readFolds();
  const bounds = [...ranges];
  for (const codePoint of folds.keys()) {
    if (!includes(ranges, codePoint)) continue;
    for (const other of otherCases(codePoint)) bounds.push(other, other);
  }
  return rangesOf(bounds);
}

let lettersAndDigits: Ranges | undefined;
let folds: ReadonlyMap<number, number> | undefined;

function foldOf(codePoint: number): number {
  folds ??= readFolds();
  return folds.get(codePoint) ?? codePoint;
}

function namedClass(name: string): Ranges | undefined {
  switch (name) {
    case 'Any':
      return [0, CODE_POINT_MAX];
    case 'Ascii':
      return [0, 0x7f];
    case 'Assigned':
      return negated(union(['Cn']));
    case 'Lc':
      return union(['Lu', 'Ll', 'Lt']);
    default:
  }
  const isCategory = Object.keys(categories).some((category) => category.startsWith(name));
  if (name !== '' && isCategory) return union([name]);
  if (Object.hasOwn(scripts, name)) return bounds(scripts[name] as string);
  if (!Object.hasOwn(aliases, name)) return undefined;
  const category = aliases[name] as string;
  return category === 'LC' ? namedClass('Lc') : union([category]);
}

/** What stands in any of the given categories, each with all of its own. */
function union(prefixes: readonly string[]): Ranges {
  const parts = Object.entries(categories).filter(([name]) =>
    prefixes.some((prefix) => name.startsWith(prefix)),
  );
  return rangesOf(parts.flatMap(([, text]) => bounds(text)));
}

function canonicalName(name: string): string {
  const letters = name.replace(/[ _-]/g, '').replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return letters.replace(/^[a-z]/, (letter) => letter.toUpperCase());
}

function bounds(text: string): number[] {
  let bound = 0;
  return text.split(' ').map((distance) => {
    bound += Number.parseInt(distance, 36);
    return bound;
  });
}

function readFolds(): ReadonlyMap<number, number> {
  const numbers = tables.folds.split(' ').map((distance) => Number.parseInt(distance, 36));
  const read = new Map<number, number>();
  let codePoint = 0;
  for (let index = 0; index < numbers.length; index += 2) {
    codePoint += numbers[index] as number;
    read.set(codePoint, codePoint + (numbers[index + 1] as number));
  }
  return read;
}
