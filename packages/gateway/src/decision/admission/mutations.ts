import type { Json, JsonObject } from '@bailiff/contract';

/** Values that policies are seldom written for, and engines differ on. */
const HOSTILE: readonly Json[] = [
  null,
  true,
  false,
  '',
  0,
  -1,
  1.5,
  2 ** 53,
  'constructor',
  '__proto__',
  '\u0000',
  '\u2028',
  'ﬀ😀',
  '2026-02-30T25:61:61Z',
  [],
  {},
  [null],
  { toString: 1, length: 3 },
];

/**
 * Variants of an input, each with one thing changed: a key gone, a value replaced by a hostile one, a key added. The same
 * seed gives the same variants.
 */
export function* mutations(input: JsonObject, seed: number, count: number): Generator<JsonObject> {
  const random = seeded(seed);
  const paths = pathsOf(input, []);
  for (let made = 0; made < count; made++) {
    const path = paths[random(paths.length)] ?? [];
    yield changed(input, path, (parent, key) => change(parent, key, random));
  }
}

type Path = readonly (string | number)[];

/** A copy's own object or array, which may be changed. */
type Parent = Record<string | number, Json> | Json[];

function change(parent: Parent, key: string | number, random: (below: number) => number): void {
  const action = random(4);
  const value = structuredClone(HOSTILE[random(HOSTILE.length)] ?? null);
  if (Array.isArray(parent)) {
    if (action === 0) parent.splice(Number(key), 1);
    else parent[Number(key)] = value;
  } else if (action === 0) {
    delete parent[key];
  } else if (action === 1) {
    parent[['added', 'constructor', 'ﬀ'][random(3)] ?? 'added'] = value;
  } else {
    parent[key] = value;
  }
}

/** A copy of a document in which what holds the end of the path was changed. */
function changed(
  input: JsonObject,
  path: Path,
  act: (parent: Parent, key: string | number) => void,
): JsonObject {
  const copy = structuredClone(input);
  let parent = copy as Parent;
  for (const key of path.slice(0, -1)) parent = (parent as Record<string | number, Json>)[key] as Parent;
  const last = path.at(-1);
  if (last !== undefined) act(parent, last);
  return copy;
}

function pathsOf(value: Json, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const entries: [string | number, Json][] = Array.isArray(value)
    ? value.map((element, index) => [index, element])
    : Object.entries(value);
  return entries.flatMap(([key, member]) => [[...path, key], ...pathsOf(member, [...path, key])]);
}

/** Numbers below a bound from a seed: mulberry32, which is enough to choose by. */
function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, below);
  };
}
