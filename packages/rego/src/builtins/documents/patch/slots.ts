import { RegoObject } from '../../../values/collections.ts';
import type { Value } from '../../../values/value.ts';

/** Something for each of some keys, each key as it was spelled last. */
export class Slots<Content> {
  readonly #indexes = new RegoObject();
  readonly #slots: { readonly key: Value; readonly content: Content }[] = [];

  get size(): number {
    return this.#slots.length;
  }

  get(key: Value): Content | undefined {
    const index = this.#indexes.get(key);
    return index === undefined ? undefined : this.#slots[index as number]?.content;
  }

  set(key: Value, content: Content): void {
    const index = (this.#indexes.get(key) as number | undefined) ?? this.#slots.length;
    this.#indexes.set(key, index);
    this.#slots[index] = { key, content };
  }

  /** Whether there is one for a key. */
  has(key: Value): boolean {
    return this.#indexes.has(key);
  }

  entries(): readonly { readonly key: Value; readonly content: Content }[] {
    return this.#slots;
  }
}
