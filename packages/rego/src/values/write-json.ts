import { BigNumber } from './big-number.ts';
import { RegoObject, RegoSet, sortedEntries, sortedKeys } from './collections.ts';
import { isArray } from './kinds.ts';
import { compareStrings } from './strings.ts';
import type { Value } from './value.ts';

/**
 * The JSON text of a value as OPA's `ast.JSON` gives it: sets are arrays in Rego's order, keys are sorted by code
 * point, a key that is not a string is its own JSON text, numbers keep their text, and nothing is escaped that JSON
 * does not require (no HTML escapes).
 * @throws {SyntaxError} with Go's message for a number that JSON has no text for.
 */
export function writeJson(value: Value): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof BigNumber) return numberJson(value);
  if (isArray(value)) return writeElements(value);
  if (value instanceof RegoSet) return writeElements(value.sorted());
  if (value instanceof RegoObject) return writeEntries(namedEntries(value));
  let text = '';
  for (const key of sortedKeys(value)) {
    text += `${text === '' ? '{' : ','}${quoted(key)}:${writeJson(value[key] as Value)}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

/** What JSON escapes: control characters, quotes and backslashes. Halves of characters are in no value. */
const ESCAPED = /[^ !#-[\]-\uffff]/;

/** Looking for what to escape takes less than the call that escapes it. */
function quoted(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

function writeElements(elements: readonly Value[]): string {
  let text = '';
  for (const element of elements) text += (text === '' ? '[' : ',') + writeJson(element);
  return text === '' ? '[]' : `${text}]`;
}

/** The name that a key has in JSON: a key that is not a string goes by its JSON text, as Go writes it into HTML. */
export function nameOf(key: Value): string {
  return typeof key === 'string' ? key : escapeHtml(writeJson(key));
}

/** A JSON text as Go's `json.Marshal` writes it: safe to stand in a script of a page. */
export function escapeHtml(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function numberJson(value: BigNumber): string {
  if (value.isJson) return value.text;
  throw new SyntaxError(`json: invalid number literal ${JSON.stringify(value.text)}`);
}

function writeEntries(entries: readonly (readonly [string, Value])[]): string {
  return `{${entries.map(([key, member]) => `${quoted(key)}:${writeJson(member)}`).join()}}`;
}

function namedEntries(object: RegoObject): readonly (readonly [string, Value])[] {
  const named = new Map<string, Value>();
  for (const [key, member] of sortedEntries(object)) {
    named.set(nameOf(key), member);
  }
  return [...named].sort(([left], [right]) => compareStrings(left, right));
}
