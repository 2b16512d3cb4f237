import { quote } from '../go/quote.ts';
import { BigNumber, numberText } from './big-number.ts';
import { RegoSet, sortedEntries } from './collections.ts';
import { isArray } from './kinds.ts';
import type { Value } from './value.ts';

/**
 * A value as Rego would write it, which is what OPA puts into messages and `%v`: `{"a": [1, 2]}`, `{1, 2}`, `set()`,
 * strings quoted as Go quotes them.
 */
export function termText(value: Value): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
    case 'boolean':
      return String(value);
    default:
      if (value === null) return 'null';
      if (value instanceof BigNumber) return numberText(value);
      if (isArray(value)) return `[${value.map(termText).join(', ')}]`;
      if (value instanceof RegoSet) {
        return value.size === 0 ? 'set()' : `{${value.sorted().map(termText).join(', ')}}`;
      }
      return `{${sortedEntries(value)
        .map(([key, member]) => `${termText(key)}: ${termText(member)}`)
        .join(', ')}}`;
  }
}
