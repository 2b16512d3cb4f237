import type { Value } from '../values/value.ts';

/**
 * A string as JavaScript source. Nothing of a policy's text gets into the program in any other way, so no name, key
 * or message of one can end a literal: JSON escapes quotes, backslashes and control characters.
 */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029]/g, (separator) =>
    separator === '\u2028' ? '\\u2028' : '\\u2029',
  );
}

/** A value as JavaScript source, or undefined where it is kept outside the program. */
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
