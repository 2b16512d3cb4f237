import * as pools from './pools.ts';
import type { Random } from './random.ts';

// Inputs are texts: how a number is spelled, a key repeated or a character escaped is part of what is tried.

/** How deep a value may nest where it is not meant to be deep. */
const DEPTH_MAX = 3;
const DEEP_LEVELS = 200;
const BIG_MEMBERS = 300;

/** The members of an input that policies ask for, each with what makes a value of the kind they expect. */
const SLOTS: readonly (readonly [name: string, make: (random: Random) => string])[] = [
  ['s', (random) => stringText(random, random.pick(pools.STRINGS))],
  ['n', (random) => random.pick(pools.NUMBERS)],
  ['i', (random) => random.pick(pools.SMALL_INTEGERS)],
  ['b', (random) => random.pick(['true', 'false'])],
  ['nul', () => 'null'],
  ['l', (random) => arrayText(random, () => valueText(random, 1))],
  ['ls', (random) => arrayText(random, () => stringText(random, random.pick(pools.STRINGS)))],
  ['ln', (random) => arrayText(random, () => random.pick(pools.NUMBERS))],
  ['ll', (random) => arrayText(random, () => arrayText(random, () => scalarText(random)))],
  ['lo', (random) => arrayText(random, () => objectText(random, 1))],
  ['o', (random) => objectText(random, 1)],
  ['oo', (random) => objectText(random, 2)],
  ['g', (random) => graphText(random)],
  ['k', (random) => stringText(random, random.pick([...pools.KEYS, ...pools.HOSTILE_KEYS]))],
  ['t', (random) => stringText(random, random.pick(pools.TIMES))],
  ['ns', (random) => random.pick(pools.INSTANTS)],
  ['cidr', (random) => stringText(random, random.pick(pools.CIDRS))],
  ['cidrs', (random) => arrayText(random, () => stringText(random, random.pick(pools.CIDRS)))],
  ['re', (random) => stringText(random, random.pick(pools.PATTERNS))],
  ['path', (random) => stringText(random, random.pick(pools.JSON_PATHS))],
  ['json', (random) => stringText(random, valueText(random, 1))],
];

/** Names of members that inputs have, most of the time. */
export const SLOT_NAMES: readonly string[] = SLOTS.map(([name]) => name);

/** The text of an input; undefined for none. */
export function inputText(random: Random): string | undefined {
  if (random.chance(0.02)) return undefined;
  if (random.chance(0.03)) return valueText(random, 0);
  const members: string[] = [];
  for (const [name, make] of SLOTS) {
    if (random.chance(0.12)) continue;
    members.push(`${quoted(random, name)}:${random.chance(0.12) ? valueText(random, 0) : make(random)}`);
  }
  if (random.chance(0.03))
    members.push(`"l":[${Array.from({ length: BIG_MEMBERS }, () => scalarText(random))}]`);
  if (random.chance(0.03)) members.push(`"o":${'{"a":'.repeat(DEEP_LEVELS)}1${'}'.repeat(DEEP_LEVELS)}`);
  for (const key of pools.HOSTILE_KEYS) {
    if (random.chance(0.06)) members.push(`${stringText(random, key)}:${valueText(random, 1)}`);
  }
  return `{${members.join(random.pick([',', ', ', ' ,\n']))}}`;
}

/** The text of base documents: under `base` what inputs have, and something beside the rules of package `fa`. */
export function dataText(random: Random): string {
  const base = SLOTS.filter(() => random.chance(0.8)).map(([name, make]) => `"${name}":${make(random)}`);
  const beside = random.chance(0.3) ? `,"fa":{"zz":${valueText(random, 1)}}` : '';
  return `{"base":{${base.join()}}${beside}}`;
}

/** Any value. */
export function valueText(random: Random, depth: number): string {
  if (depth >= DEPTH_MAX) return scalarText(random);
  return random.weigh<string>([
    [5, () => scalarText(random)],
    [2, () => arrayText(random, () => valueText(random, depth + 1))],
    [3, () => objectText(random, depth + 1)],
  ]);
}

function scalarText(random: Random): string {
  return random.weigh<string>([
    [5, () => random.pick(pools.NUMBERS)],
    [5, () => stringText(random, random.pick(pools.STRINGS))],
    [2, () => random.pick(['true', 'false', 'null'])],
    [
      1,
      () => random.pick(['"\\ud800"', '"a\\udc00b"', '"\\u0000"', '"\\/"', '"\\u00e9"', '"\\ud83d\\ude00"']),
    ],
  ]);
}

function arrayText(random: Random, make: () => string): string {
  return `[${random.several([0, 4], make).join()}]`;
}

function objectText(random: Random, depth: number): string {
  const keys = random.several([0, 4], () =>
    random.chance(0.7) ? random.pick(pools.KEYS) : random.pick(pools.HOSTILE_KEYS),
  );
  return `{${keys.map((key) => `${stringText(random, key)}:${valueText(random, depth + 1)}`).join()}}`;
}

function graphText(random: Random): string {
  const nodes = random.several([0, 4], () => random.pick(pools.KEYS));
  return `{${nodes.map((node) => `"${node}":${arrayText(random, () => `"${random.pick(pools.KEYS)}"`)}`).join()}}`;
}

function stringText(random: Random, value: string): string {
  if (!random.chance(0.1)) return JSON.stringify(value);
  const escaped = Array.from({ length: value.length }, (_, at) =>
    value.charCodeAt(at).toString(16).padStart(4, '0'),
  );
  return `"${escaped.map((hex) => `\\u${hex}`).join('')}"`;
}

function quoted(random: Random, name: string): string {
  return stringText(random, name);
}
