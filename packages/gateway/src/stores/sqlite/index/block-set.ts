/** Entries with consecutive sequence numbers that share one set per term. */
export const BLOCK_ENTRIES = 4_096;

const WORDS = BLOCK_ENTRIES / 32;
const BITMAP_BYTES = BLOCK_ENTRIES / 8;

/**
 * Adds positions, 0 to 4095 and new to the set, to a stored set: a list of positions of two bytes each, in any order,
 * as long as that is smaller than the bitmap of all positions.
 */
export function withPositions(stored: Uint8Array | undefined, positions: readonly number[]): Uint8Array {
  const before = stored?.length ?? 0;
  const listed = before + 2 * positions.length;
  if (before < BITMAP_BYTES && listed < BITMAP_BYTES) {
    const list = new Uint8Array(listed);
    if (stored !== undefined) list.set(stored);
    for (const [index, position] of positions.entries()) {
      list[before + 2 * index] = position & 0xff;
      list[before + 2 * index + 1] = position >>> 8;
    }
    return list;
  }
  const set = BlockSet.from(stored);
  for (const position of positions) set.add(position);
  return set.bitmap();
}

/**
 * A set of positions within one block. Intersecting two costs the same however many entries they hold, which is what
 * bounds the time of a query with any combination of conditions.
 */
export class BlockSet {
  readonly #words: Uint32Array;

  constructor(words: Uint32Array = new Uint32Array(WORDS)) {
    this.#words = words;
  }

  static all(): BlockSet {
    const set = new BlockSet();
    set.#words.fill(0xffff_ffff);
    return set;
  }

  /** Reads a stored set, whose bytes it makes its own; nothing stored is the empty set. */
  static from(stored: Uint8Array | undefined): BlockSet {
    if (stored?.length === BITMAP_BYTES) {
      const aligned = stored.byteOffset % 4 === 0 ? stored : stored.slice();
      return new BlockSet(new Uint32Array(aligned.buffer, aligned.byteOffset, WORDS));
    }
    const set = new BlockSet();
    if (stored === undefined) return set;
    for (let at = 0; at + 1 < stored.length; at += 2)
      set.add((stored[at] ?? 0) | ((stored[at + 1] ?? 0) << 8));
    return set;
  }

  add(position: number): void {
    this.#words[position >>> 5] = (this.#words[position >>> 5] ?? 0) | (1 << (position & 31));
  }

  and(other: BlockSet): this {
    for (let at = 0; at < WORDS; at += 1) this.#words[at] = (this.#words[at] ?? 0) & (other.#words[at] ?? 0);
    return this;
  }

  andNot(other: BlockSet): this {
    for (let at = 0; at < WORDS; at += 1) this.#words[at] = (this.#words[at] ?? 0) & ~(other.#words[at] ?? 0);
    return this;
  }

  or(other: BlockSet): this {
    for (let at = 0; at < WORDS; at += 1) this.#words[at] = (this.#words[at] ?? 0) | (other.#words[at] ?? 0);
    return this;
  }

  copy(): BlockSet {
    return new BlockSet().or(this);
  }

  isEmpty(): boolean {
    return this.#words.every((word) => word === 0);
  }

  /** Positions below `before`, the highest first. */
  *descending(before: number = BLOCK_ENTRIES): Generator<number> {
    for (let at = WORDS - 1; at >= 0; at -= 1) {
      let word = this.#words[at] ?? 0;
      while (word !== 0) {
        const bit = 31 - Math.clz32(word);
        word &= ~(1 << bit);
        const position = at * 32 + bit;
        if (position < before) yield position;
      }
    }
  }

  /** One bit per position, in the machine’s order of bytes. */
  bitmap(): Uint8Array {
    return new Uint8Array(this.#words.buffer, this.#words.byteOffset, BITMAP_BYTES);
  }
}
