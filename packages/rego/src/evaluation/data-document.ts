import { readJson } from '../values/read-json.ts';
import type { Value } from '../values/value.ts';

/** Documents that policies see as `data`. Never changed: another document takes its place as a whole. */
export class DataDocument {
  readonly #root: Value;

  /** @param root a value that no one changes any more. */
  constructor(root: Value) {
    this.#root = root;
  }

  /** The value of `data`. */
  get root(): Value {
    return this.#root;
  }
}

/** A data document without anything in it. */
export const NO_DATA: DataDocument = new DataDocument({});

/**
 * Reads a data document, exact as to its numbers. Scans are fastest where the text has its keys in Rego's order, as
 * OPA's bundles have.
 * @throws {SyntaxError} when the text is not JSON.
 */
export function readData(text: string): DataDocument {
  return new DataDocument(readJson(text));
}

/** The data document of a value, which must not be changed after. */
export function dataOf(value: Value): DataDocument {
  return new DataDocument(value);
}
