import { BigNumber } from './big-number.ts';
import { RegoObject, RegoSet, sortedEntries, sortedKeys } from './collections.ts';
import { isArray } from './kinds.ts';
import type { Value } from './value.ts';

/**
 * The JSON text of a value as OPA's `ast.JSON` gives it: sets are arrays in Rego's order, keys are sorted by code
 * point, a key that is not a string is its own JSON text, numbers keep their text, and nothing is escaped that JSON
 * does not require (no HTML escapes).
 */
export function writeJson(value: Value): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (value instanceof BigNumber) return value.text;
  if (isArray(value)) return `[${value.map(writeJson).join()}]`;
  if (value instanceof RegoSet) return `[${value.sorted().map(writeJson).join()}]`;
  if (value instanceof RegoObject) return writeEntries(namedEntries(value));
  return writeEntries(sortedKeys(value).map((key) => [key, value[key] as Value]));
}

function writeEntries(entries: readonly (readonly [string, Value])[]): string {
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${writeJson(member)}`).join()}}`;
}

function namedEntries(object: RegoObject): readonly (readonly [string, Value])[] {
  const named = new Map<string, Value>();
  for (const [key, member] of sortedEntries(object)) {
    named.set(typeof key === 'string' ? key : writeJson(key), member);
  }
  return [...named].sort(([left], [right]) => (left < right ? -1 : 1));
}
