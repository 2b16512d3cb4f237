import { type ExactJson, ExactNumber, readExactJson } from '../../exact-json.ts';
import { valueText } from './inputs.ts';
import * as pools from './pools.ts';
import type { Random } from './random.ts';

/** The value with one to four of its parts missing, of another type, or otherwise hostile. */
export function mutated(random: Random, value: ExactJson): ExactJson {
  let changed = value;
  for (const _ of random.several([1, 4], () => 0)) changed = changedOnce(random, changed);
  return changed;
}

function changedOnce(random: Random, value: ExactJson): ExactJson {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber)
    return replacement(random, value);
  if (Array.isArray(value)) {
    if (value.length === 0 || random.chance(0.2)) return [...value, any(random)];
    const at = random.below(value.length);
    if (random.chance(0.2)) return value.toSpliced(at, 1);
    return value.with(at, changedOnce(random, value[at] as ExactJson));
  }
  const entries = Object.entries(value as { readonly [key: string]: ExactJson });
  if (entries.length === 0 || random.chance(0.08)) {
    return Object.fromEntries([
      ...entries,
      [random.pick([...pools.HOSTILE_KEYS, ...pools.KEYS]), any(random)],
    ]);
  }
  const at = random.below(entries.length);
  const [key, member] = entries[at] as [string, ExactJson];
  if (random.chance(0.1)) return Object.fromEntries(entries.toSpliced(at, 1));
  if (random.chance(0.05))
    return Object.fromEntries(entries.with(at, [random.pick(pools.HOSTILE_KEYS), member]));
  return Object.fromEntries(entries.with(at, [key, changedOnce(random, member)]));
}

function replacement(random: Random, value: ExactJson): ExactJson {
  if (random.chance(0.3)) return any(random);
  if (typeof value === 'string') {
    return random.chance(0.3) ? random.pick(pools.TIMES) : random.pick(pools.STRINGS);
  }
  if (typeof value === 'boolean') return !value;
  return new ExactNumber(random.pick(pools.NUMBERS));
}

function any(random: Random): ExactJson {
  return readExactJson(valueText(random, 1));
}
