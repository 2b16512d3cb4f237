import { RegoSet, sortedEntries } from '../../values/collections.ts';
import { isArray, isObject } from '../../values/kinds.ts';
import { setMember } from '../../values/objects.ts';
import { compareStrings } from '../../values/strings.ts';
import type { ObjectValue, PlainObject, Value } from '../../values/value.ts';
import { nameOf } from '../../values/write-json.ts';
import { BuiltinError, type BuiltinGroup } from '../builtin.ts';
import { operandError, operandTypeError, stringOperand } from '../operands.ts';
import { checkUrlEscapes, escapeUrl, QUERY_COMPONENT, unescapeUrl } from './url-escapes.ts';

/** Go refuses a query of more parameters. */
const PARAMETERS_MAX = 10_000;

/** `urlquery.*` (`v1/topdown/encoding.go`, Go's `net/url`). */
export const urlQueryBuiltins: BuiltinGroup = {
  'urlquery.encode': (_context, text: Value) => escapeUrl(stringOperand(text, 1), QUERY_COMPONENT),

  'urlquery.decode': (_context, text: Value) => unescapeUrl(stringOperand(text, 1), QUERY_COMPONENT),

  'urlquery.encode_object': (_context, object: Value) => {
    if (!isObject(object)) throw operandTypeError(object, 1, 'object');
    const parameters = [...parametersOf(object)].sort(([left], [right]) => compareStrings(left, right));
    const pairs = parameters.flatMap(([name, values]) =>
      values.map((value) => `${escapeUrl(name, QUERY_COMPONENT)}=${escapeUrl(value, QUERY_COMPONENT)}`),
    );
    return pairs.join('&');
  },

  'urlquery.decode_object': (_context, query: Value) => {
    const text = stringOperand(query, 1);
    const pairs = text.split('&');
    if (pairs.length > PARAMETERS_MAX)
      throw new BuiltinError('number of URL query parameters exceeded limit');
    // Of all that is wrong with a query Go tells this first.
    if (text.includes(';')) throw new BuiltinError('invalid semicolon separator in query');
    for (const part of pairs.flatMap(cutPair)) checkUrlEscapes(part, QUERY_COMPONENT);
    const read = new Map<string, Value[]>();
    for (const pair of pairs) if (pair !== '') addPair(read, pair);
    const object: PlainObject = {};
    for (const [name, values] of read) setMember(object, name, values);
    return object;
  },
};

function addPair(read: Map<string, Value[]>, pair: string): void {
  const [name, value] = cutPair(pair).map((part) => unescapeUrl(part, QUERY_COMPONENT)) as [string, string];
  const values = read.get(name);
  if (values === undefined) read.set(name, [value]);
  else values.push(value);
}

function cutPair(pair: string): readonly [name: string, value: string] {
  const end = pair.indexOf('=');
  return end < 0 ? [pair, ''] : [pair.slice(0, end), pair.slice(end + 1)];
}

/** The values by name. A key that is no string goes by its JSON text, and the last of equal names counts. */
function parametersOf(object: ObjectValue): ReadonlyMap<string, readonly string[]> {
  const parameters = new Map<string, readonly string[]>();
  for (const [key, value] of sortedEntries(object)) parameters.set(nameOf(key), stringsOf(value));
  return parameters;
}

function stringsOf(value: Value): readonly string[] {
  if (typeof value === 'string') return [value];
  const elements = value instanceof RegoSet ? value.sorted() : value;
  if (isArray(elements) && elements.every((element) => typeof element === 'string')) return elements;
  throw operandError(1, 'values must be string, array[string], or set[string]');
}
