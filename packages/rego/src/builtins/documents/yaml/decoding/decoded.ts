import { YamlError } from '../reading/yaml-source.ts';
import type { Scalar } from './resolve-scalar.ts';

/** What a document holds, as `yaml.v3` gives it. */
export type Decoded = Scalar | Decoded[] | DecodedMap;

/** A mapping. Where all of its keys are texts, merging takes the keys of others by their text. */
export class DecodedMap {
  readonly isOfTexts: boolean;
  readonly #entries = new Map<string, readonly [key: Decoded, value: Decoded]>();

  constructor(isOfTexts: boolean) {
    this.isOfTexts = isOfTexts;
  }

  set(key: Decoded, value: Decoded): void {
    this.#entries.set(identityOf(key), [key, value]);
  }

  entries(): Iterable<readonly [key: Decoded, value: Decoded]> {
    return this.#entries.values();
  }
}

/** What tells keys apart: their types, and their values. @throws {YamlError} for a collection. */
export function identityOf(key: Decoded): string {
  if (Array.isArray(key) || key instanceof DecodedMap) {
    throw new YamlError(`yaml: runtime error: hash of unhashable type ${typeText(key)}`);
  }
  // 0 and -0 are one key.
  return `${typeof key} ${typeof key === 'number' ? key + 0 : key}`;
}

/** The Go type of a collection. */
export function typeText(value: readonly Decoded[] | DecodedMap): string {
  if (!(value instanceof DecodedMap)) return '[]interface {}';
  return `map[${value.isOfTexts ? 'string' : 'interface {}'}]interface {}`;
}
