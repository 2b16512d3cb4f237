import { Failure } from './failure.ts';
import { endOfJsonString } from './json-text.ts';
import { objectionToNames } from './member-names.ts';
import type { Json } from './values.ts';

/** Members of all objects and items of all arrays of one text together; an empty object or array counts once more. */
export const MEMBERS_MAX = 100_000;

/**
 * The value of exactly one JSON text, in the only reading that common parsers share: what other parsers would see
 * differently is refused, so that what is decided about is what others make of our own serialisation of it. `depthMax` bounds
 * objects and arrays within each other; the outermost one counts.
 * @throws Failure `unparseable` with a detail that never repeats the text.
 */
export function parseStrictText(text: string, { depthMax }: { readonly depthMax: number }): Json {
  const members = countMembers(text, depthMax);
  if (MISREAD_KEY.test(text))
    throw unparseableJson('an object’s key is one character, written as an escape.');
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    // The engine’s message quotes the text, so it is not even kept as the cause.
    throw unparseableJson('it is not one JSON value.');
  }
  // Whatever the text repeats is lost in the value, at any depth.
  if (inspect(value) !== members) throw unparseableJson('an object holds the same key twice.');
  return value;
}

/**
 * A key of one character that is written as an escape. V8 13.6 takes it for a backslash once it has read another object with
 * that key in its place, so that one text would be read in two ways. In JSON the pattern stands nowhere else: an escape
 * follows a quotation mark only at the beginning of a string.
 */
const MISREAD_KEY = /"\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])"[\t\n\r ]*:/;

/** What a body that is not read is refused with. */
export function unparseableJson(because: string): Failure {
  return new Failure('unparseable', `The body is refused: ${because}`);
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Colons outside strings: in valid JSON, one for each member written. Also stops at the limits of depth and of members and
 * items, before the parser proper sees the text: each of those begins with a comma, or is the first of what was opened.
 * Says nothing about invalid JSON, which the parser refuses.
 */
function countMembers(text: string, depthMax: number): number {
  let members = 0;
  let parts = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfJsonString(text, at);
        break;
      case COLON:
        members += 1;
        break;
      case COMMA:
        parts += 1;
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        parts += 1;
        depth += 1;
        if (depth > depthMax) throw unparseableJson(`it is nested deeper than ${depthMax} levels.`);
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth -= 1;
        break;
      default:
    }
    if (parts > MEMBERS_MAX) throw unparseableJson(`it holds more than ${MEMBERS_MAX} members and items.`);
  }
  return members;
}

/** Refuses what parsers disagree about and counts the members. Recursion is bounded by the depth limit. */
function inspect(value: Json): number {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw unparseableJson('a string holds half of a surrogate pair.');
    return 0;
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw unparseableJson('a number is too large.');
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw unparseableJson('an integer is beyond 2^53, where parsers round differently.');
    }
    return 0;
  }
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) {
    let members = 0;
    for (const item of value) members += inspect(item);
    return members;
  }
  return inspectObject(value as { readonly [key: string]: Json });
}

function inspectObject(value: { readonly [key: string]: Json }): number {
  const names = Object.keys(value);
  const objection = objectionToNames(names);
  if (objection !== undefined) throw unparseableJson(objection);
  let members = names.length;
  for (const name of names) members += inspect(value[name] ?? null);
  return members;
}
