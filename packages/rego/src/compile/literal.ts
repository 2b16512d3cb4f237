import { BigNumber } from '../values/big-number.ts';
import { RegoSet, sortedEntries } from '../values/collections.ts';
import { isArray } from '../values/kinds.ts';
import type { ObjectValue, Value } from '../values/value.ts';

/**
 * A string as JavaScript source. Nothing of a policy's text gets into the program in any other way, so no name, key
 * or message of one can end a literal: JSON escapes quotes, backslashes and control characters.
 */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029]/g, (separator) =>
    separator === '\u2028' ? '\\u2028' : '\\u2029',
  );
}

/** A value as JavaScript source, or undefined where it is made once, as `sourceOf` says. */
export function literalOf(value: Value): string | undefined {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'boolean':
      return String(value);
    case 'number':
      return value < 0 ? `(${value})` : String(value);
    default:
      return value === null ? 'null' : undefined;
  }
}

/** What makes a value, as JavaScript source: nothing but calls of the runtime, quoted strings and numbers. */
export function sourceOf(value: Value): string {
  const literal = literalOf(value);
  if (literal !== undefined) return literal;
  const listed = (values: readonly Value[]) => `[${values.map(sourceOf).join()}]`;
  if (value instanceof BigNumber) return `bigNumber(${quoted(value.text)})`;
  if (value instanceof RegoSet) return `setOf(${listed(value.sorted())})`;
  if (isArray(value)) return listed(value);
  // A key in a literal of JavaScript may be `__proto__`.
  return `objectOf([${sortedEntries(value as ObjectValue)
    .map(listed)
    .join()}])`;
}
