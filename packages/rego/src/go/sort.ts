/** Slices of up to so many elements are sorted by insertion. */
const INSERTION_MAX = 12;
/** From so many elements on a slice’s pivot is the median of medians, and a slice nearly in order is mended. */
const LONG_MIN = 50;
/** Neighbours out of order that are moved before a slice no longer counts as nearly in order. */
const MENDED_MAX = 5;
/** Exchanges among the candidates for a pivot that tell of a descending slice: all there can be. */
const DESCENDING_EXCHANGES = 12;

/**
 * A copy in the order that Go 1.26's `slices.SortFunc` gives. That sort is not stable: which of several equal elements
 * comes first follows from every step of it, and shows where they are spelled otherwise (`1e3` and `1000`).
 */
export function goSorted<Element>(
  elements: readonly Element[],
  compare: (left: Element, right: Element) => number,
): Element[] {
  const sorted = elements.slice();
  new Sorter(sorted, compare).sort(0, sorted.length, bitLength(sorted.length));
  return sorted;
}

/** Pattern-defeating quicksort. Ranges are given by their first position and the one behind their last. */
class Sorter<Element> {
  readonly #elements: Element[];
  readonly #compare: (left: Element, right: Element) => number;
  #exchanges = 0;

  constructor(elements: Element[], compare: (left: Element, right: Element) => number) {
    this.#elements = elements;
    this.#compare = compare;
  }

  /** `badMax` unbalanced partitions are borne before the rest is sorted as a heap. */
  sort(first: number, behind: number, badMax: number): void {
    let [start, end, left] = [first, behind, badMax];
    let isBalanced = true;
    let wasInOrder = true;
    while (end - start > INSERTION_MAX) {
      if (left === 0) {
        this.#sortAsHeap(start, end);
        return;
      }
      if (!isBalanced) {
        this.#scatter(start, end);
        left--;
      }
      const { pivot, isAscending } = this.#pivot(start, end);
      if (isBalanced && wasInOrder && isAscending && this.#mends(start, end)) return;
      if (start > 0 && !this.#isLess(start - 1, pivot)) {
        start = this.#partitionEqual(start, end, pivot);
        continue;
      }
      const { middle, inOrder } = this.#partition(start, end, pivot);
      wasInOrder = inOrder;
      isBalanced = Math.min(middle - start, end - middle) >= Math.floor((end - start) / 8);
      if (middle - start < end - middle) {
        this.sort(start, middle, left);
        start = middle + 1;
      } else {
        this.sort(middle + 1, end, left);
        end = middle;
      }
    }
    for (let index = start + 1; index < end; index++) this.#sinkLeft(index, start);
  }

  /** Moves an element to the left for as long as it is less than the one before, no further than to `start`. */
  #sinkLeft(index: number, start: number): void {
    for (let at = index; at > start && this.#isLess(at, at - 1); at--) this.#exchange(at, at - 1);
  }

  #sortAsHeap(start: number, end: number): void {
    const length = end - start;
    for (let root = Math.floor((length - 1) / 2); root >= 0; root--) this.#siftDown(start, root, length);
    for (let last = length - 1; last >= 0; last--) {
      this.#exchange(start, start + last);
      this.#siftDown(start, 0, last);
    }
  }

  #siftDown(start: number, from: number, length: number): void {
    for (let root = from, child = 2 * root + 1; child < length; child = 2 * root + 1) {
      if (child + 1 < length && this.#isLess(start + child, start + child + 1)) child++;
      if (!this.#isLess(start + root, start + child)) return;
      this.#exchange(start + root, start + child);
      root = child;
    }
  }

  /** Exchanges three elements of the middle with others, chosen by a generator that begins at the length. */
  #scatter(start: number, end: number): void {
    const length = end - start;
    const mask = (1n << BigInt(bitLength(length))) - 1n;
    const middle = start + Math.floor(length / 4) * 2;
    let random = BigInt(length);
    for (let at = middle - 1; at <= middle + 1; at++) {
      random ^= BigInt.asUintN(64, random << 13n);
      random ^= random >> 7n;
      random ^= BigInt.asUintN(64, random << 17n);
      const other = Number(random & mask);
      this.#exchange(at, start + (other >= length ? other - length : other));
    }
  }

  /** The pivot's position, and whether the range seems to ascend; one that seems to descend is turned around before. */
  #pivot(start: number, end: number): { readonly pivot: number; readonly isAscending: boolean } {
    const quarter = Math.floor((end - start) / 4);
    let candidates = [start + quarter, start + quarter * 2, start + quarter * 3] as const;
    this.#exchanges = 0;
    if (end - start >= LONG_MIN) {
      const [low, middle, high] = candidates;
      candidates = [this.#medianAround(low), this.#medianAround(middle), this.#medianAround(high)];
    }
    const pivot = this.#median(...candidates);
    if (this.#exchanges < DESCENDING_EXCHANGES) return { pivot, isAscending: this.#exchanges === 0 };
    for (let low = start, high = end - 1; low < high; low++, high--) this.#exchange(low, high);
    return { pivot: end - 1 - (pivot - start), isAscending: true };
  }

  #medianAround(position: number): number {
    return this.#median(position - 1, position, position + 1);
  }

  #median(low: number, middle: number, high: number): number {
    const [least, more] = this.#ordered(low, middle);
    const [candidate] = this.#ordered(more, high);
    return this.#ordered(least, candidate)[1];
  }

  #ordered(left: number, right: number): readonly [number, number] {
    if (!this.#isLess(right, left)) return [left, right];
    this.#exchanges++;
    return [right, left];
  }

  /** Tries to put a range in order that nearly is. @returns whether it is in order now. */
  #mends(start: number, end: number): boolean {
    let index = start + 1;
    for (let mended = 0; mended < MENDED_MAX; mended++) {
      while (index < end && !this.#isLess(index, index - 1)) index++;
      if (index === end) return true;
      if (end - start < LONG_MIN) return false;
      this.#exchange(index, index - 1);
      if (index - start >= 2) this.#sinkLeft(index - 1, 0);
      for (let at = index + 1; at < end && this.#isLess(at, at - 1); at++) this.#exchange(at, at - 1);
    }
    return false;
  }

  /** Puts what is less than the pivot before `middle`, where the pivot then is. */
  #partition(
    start: number,
    end: number,
    pivot: number,
  ): { readonly middle: number; readonly inOrder: boolean } {
    this.#exchange(start, pivot);
    let [low, high] = [start + 1, end - 1];
    for (let inOrder = true; ; inOrder = false) {
      while (low <= high && this.#isLess(low, start)) low++;
      while (low <= high && !this.#isLess(high, start)) high--;
      if (low > high) {
        this.#exchange(high, start);
        return { middle: high, inOrder };
      }
      this.#exchange(low++, high--);
    }
  }

  /** Puts what equals the pivot, which nothing is less than, at the beginning. @returns the position behind. */
  #partitionEqual(start: number, end: number, pivot: number): number {
    this.#exchange(start, pivot);
    for (let low = start + 1, high = end - 1; ; ) {
      while (low <= high && !this.#isLess(start, low)) low++;
      while (low <= high && this.#isLess(start, high)) high--;
      if (low > high) return low;
      this.#exchange(low++, high--);
    }
  }

  #isLess(left: number, right: number): boolean {
    return this.#compare(this.#elements[left] as Element, this.#elements[right] as Element) < 0;
  }

  #exchange(left: number, right: number): void {
    const kept = this.#elements[left] as Element;
    this.#elements[left] = this.#elements[right] as Element;
    this.#elements[right] = kept;
  }
}

/** How many binary digits a count has. */
function bitLength(count: number): number {
  return 32 - Math.clz32(count);
}
