import type { Value } from '../../../values/value.ts';

/**
 * The elements of an array that is being edited: which of the original ones are gone, and what has been put where. It
 * follows OPA's bookkeeping step by step (`internal/edittree`), since that loses elements in some sequences of edits,
 * and then OPA stops with an error.
 */
export class EditedArray<Tree> {
  readonly #scalars = new Map<number, Value>();
  readonly #trees = new Map<number, Tree>();
  /** By place now whether an element has been put there; an original one otherwise. */
  readonly #isPut: boolean[];
  /** By place in the original whether the element is gone. */
  readonly #isGone: boolean[];

  readonly #canPut: boolean;

  /** @param canPut whether elements may be put in; otherwise that fails. */
  constructor(length: number, canPut: boolean) {
    this.#canPut = canPut;
    this.#isPut = new Array<boolean>(length).fill(false);
    this.#isGone = new Array<boolean>(length).fill(false);
  }

  get length(): number {
    return this.#isPut.length;
  }

  /** What has been put at a place: undefined for an original element. */
  get(index: number): { readonly scalar: Value } | { readonly tree: Tree } | undefined {
    const scalar = this.#scalars.get(index);
    if (scalar !== undefined) return { scalar };
    const tree = this.#trees.get(index);
    return tree === undefined ? undefined : { tree };
  }

  /** Puts an element before the one at a place, or at the end. */
  insert(index: number, child: { readonly scalar: Value } | { readonly tree: Tree }): void {
    const [scalars, trees] = this.#putFrom(index);
    for (const place of scalars.reverse()) this.#moveScalar(place, place + 1);
    for (const place of trees.reverse()) this.#moveTree(place, place + 1);
    if (!this.#canPut) lost(index);
    this.#isPut.splice(index, 0, true);
    if ('tree' in child) this.#trees.set(index, child.tree);
    else this.#scalars.set(index, child.scalar);
  }

  /** Takes out the element at a place. */
  remove(index: number): void {
    const [scalars, trees] = this.#putFrom(index + 1);
    this.#drop(index);
    for (const place of scalars) this.#moveScalar(place, place - 1);
    for (const place of trees) this.#moveTree(place, place - 1);
    if (this.#isPut[index] !== true) this.#isGone[this.#originalPlace(index)] = true;
    this.#isPut.splice(index, 1);
  }

  /** The elements as they are now. */
  elements(original: readonly Value[], render: (tree: Tree) => Value): readonly Value[] {
    const left = original.filter((_element, place) => this.#isGone[place] !== true);
    let next = 0;
    return this.#isPut.map((isPut, index) => {
      if (!isPut) return next < left.length ? (left[next++] as Value) : lost(index);
      const child = this.get(index);
      if (child === undefined) return lost(index);
      return 'tree' in child ? render(child.tree) : child.scalar;
    });
  }

  /** The places from one on where elements have been put: scalars, and all others. */
  #putFrom(start: number): [scalars: number[], trees: number[]] {
    const places: [number[], number[]] = [[], []];
    for (let index = start; index < this.#isPut.length; index++) {
      if (this.#isPut[index] !== true) continue;
      if (this.#scalars.has(index)) places[0].push(index);
      else if (this.#trees.has(index)) places[1].push(index);
      else lost(index);
    }
    return places;
  }

  #moveScalar(from: number, to: number): void {
    const scalar = this.#scalars.get(from);
    if (scalar === undefined) lost(from);
    this.#drop(from);
    this.#scalars.set(to, scalar as Value);
  }

  #moveTree(from: number, to: number): void {
    const tree = this.#trees.get(from) ?? lost(from);
    this.#drop(from);
    this.#trees.set(to, tree);
  }

  /** Forgets what has been put at a place, of either kind. */
  #drop(index: number): void {
    this.#scalars.delete(index);
    this.#trees.delete(index);
  }

  #originalPlace(index: number): number {
    let originals = this.#isPut.slice(0, index + 1).filter((isPut) => !isPut).length;
    for (const [place, isGone] of this.#isGone.entries()) {
      if (!isGone) originals--;
      if (originals === 0) return place;
    }
    return lost(index);
  }
}

/** OPA panics here: the evaluation fails, whatever errors of built-ins are taken for. */
function lost(index: number): never {
  throw new Error(`json.patch: element ${index} of an array was lost among edits, as in OPA`);
}
