import { isArray, isPlainObject } from '../values/kinds.ts';
import { setMember } from '../values/objects.ts';
import { readJson } from '../values/read-json.ts';
import { compareStrings } from '../values/strings.ts';
import type { Value } from '../values/value.ts';

/** Documents that policies see as `data`. Never changed: another document takes its place as a whole. */
export class DataDocument {
  readonly #root: Value;

  private constructor(root: Value) {
    this.#root = root;
  }

  /** A document of a value that no one changes any more. */
  static of(root: Value): DataDocument {
    return new DataDocument(root);
  }

  get root(): Value {
    return this.#root;
  }
}

/** A data document without anything in it. */
export const NO_DATA: DataDocument = DataDocument.of({});

/**
 * Reads a data document, exact as to its numbers, with its keys in Rego's order.
 * @throws {SyntaxError} when the text is not JSON.
 */
export function readData(text: string): DataDocument {
  return DataDocument.of(ordered(readJson(text)));
}

/** The data document of a value, which must not be changed after. */
export function dataOf(value: Value): DataDocument {
  return DataDocument.of(value);
}

/** The value with the keys of objects in order, so that no scan has to sort them. Shares what is in order already. */
function ordered(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const element = value[index] as Value;
      const sorted = ordered(element);
      // The array was made by the reader, and is not known to anyone else yet.
      if (sorted !== element) (value as Value[])[index] = sorted;
    }
    return value;
  }
  if (!isPlainObject(value)) return value;
  const keys = Object.keys(value);
  let isSorted = true;
  for (let index = 1; index < keys.length && isSorted; index++) {
    isSorted = compareStrings(keys[index - 1] as string, keys[index] as string) < 0;
  }
  const target = isSorted ? value : {};
  for (const key of isSorted ? keys : keys.sort(compareStrings)) {
    const member = value[key] as Value;
    const sorted = ordered(member);
    if (!isSorted || sorted !== member) setMember(target, key, sorted);
  }
  return target;
}
