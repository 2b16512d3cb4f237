import { isArray } from '../values/kinds.ts';
import { detached } from '../values/strings.ts';
import type { Value } from '../values/value.ts';
import { charactersOf } from './output-size.ts';

/** Results of functions with operands that are kept for a data document. */
const FUNCTION_RESULTS_MAX = 4_096;
/** Characters that their values have together, about, and that one of them may have. */
const CHARACTERS_MAX = { all: 16_000_000, one: 1_000_000 } as const;
/** UTF-16 units of an operand under which a result is kept. */
const OPERAND_LENGTH_MAX = 256;

/** What a function came to, and the numbers of the rules that fired for it. */
export interface SharedResult {
  readonly value: Value | undefined;
  readonly fired: readonly number[];
}

/** An operand that is told apart by what it is. */
export type Scalar = null | boolean | number | string;

/** A node of the tree that results are found in: one step for each scalar among the operands. */
type Kept = Map<Scalar | symbol, SharedResult | Kept>;

/** Elements that an operand may have under which results are kept. */
const ELEMENTS_MAX = 4;
/** The step before the elements of an array: so many follow, and no scalar stands for it. */
const ELEMENTS: readonly symbol[] = Array.from({ length: ELEMENTS_MAX + 1 }, (_none, length) =>
  Symbol(String(length)),
);

/**
 * What one program computed of one data document without the input, for all evaluations of both. Errors are not kept.
 * Where there is no room for another result of a function with operands, all of these are forgotten.
 */
export class SharedResults {
  /** The data document; results are not those of another one that has taken its place. */
  readonly root: Value;
  /** By number of the function: results of those without operands of their own. */
  readonly rules: (SharedResult | undefined)[];
  /** By number of the function: results of those with operands, to begin with at the first of them. */
  readonly #functions: (Kept | undefined)[];
  #size = 0;
  #characters = 0;

  constructor(root: Value, functions: number) {
    this.root = root;
    this.rules = new Array(functions).fill(undefined);
    this.#functions = new Array(functions).fill(undefined);
  }

  /** The result of a function for its operands. */
  find(number: number, operands: readonly (Value | undefined)[]): SharedResult | undefined {
    let found: SharedResult | Kept | undefined = this.#functions[number];
    for (let index = 0; index < operands.length && found !== undefined; index++) {
      found = stepTo(found as Kept, operands[index]);
    }
    return found as SharedResult | undefined;
  }

  /** Keeps a result, unless it is too large, under the operands that `keptOperands` gave. */
  keep(number: number, operands: readonly Value[], result: SharedResult): void {
    const characters = result.value === undefined ? 0 : charactersOf(result.value, CHARACTERS_MAX.one);
    if (characters > CHARACTERS_MAX.one) return;
    if (this.#size === FUNCTION_RESULTS_MAX || this.#characters + characters > CHARACTERS_MAX.all) {
      this.#functions.fill(undefined);
      this.#size = 0;
      this.#characters = 0;
    }
    this.#size++;
    this.#characters += characters;
    const steps = operands.flatMap(stepsOf);
    let node: Kept = this.#functions[number] ?? new Map();
    this.#functions[number] = node;
    for (const step of steps.slice(0, -1)) node = inner(node, step);
    node.set(steps.at(-1) as Scalar, result);
  }
}

function stepTo(node: Kept, operand: Value | undefined): SharedResult | Kept | undefined {
  if (typeof operand !== 'object' || operand === null) return node.get(operand as Scalar);
  if (!isArray(operand) || operand.length > ELEMENTS_MAX) return undefined;
  let found = node.get(ELEMENTS[operand.length] as symbol);
  for (let index = 0; index < operand.length && found !== undefined; index++) {
    found = (found as Kept).get(operand[index] as Scalar);
  }
  return found;
}

function stepsOf(operand: Value): readonly (Scalar | symbol)[] {
  return isArray(operand)
    ? [ELEMENTS[operand.length] as symbol, ...(operand as readonly Scalar[])]
    : [operand as Scalar];
}

function inner(node: Kept, step: Scalar | symbol): Kept {
  const known = node.get(step);
  if (known !== undefined) return known as Kept;
  const made: Kept = new Map();
  node.set(step, made);
  return made;
}

/**
 * The operands to compute a result with that may be kept; undefined where results are kept under scalars and a few of them in an
 * array only. Texts are by themselves: else what was cut out of an input, kept as an operand or in a result, would keep all of it.
 */
export function keptOperands(operands: readonly (Value | undefined)[]): readonly Value[] | undefined {
  return operands.every(isShareable) ? operands.map(byItself) : undefined;
}

function byItself(operand: Value): Value {
  if (typeof operand === 'string') return detached(operand);
  return isArray(operand) ? operand.map(byItself) : operand;
}

function isShareable(operand: Value | undefined): operand is Value {
  if (operand === undefined || !isArray(operand)) return isShort(operand);
  return operand.length <= ELEMENTS_MAX && operand.every(isShort);
}

function isShort(operand: Value | undefined): operand is Scalar {
  switch (typeof operand) {
    case 'string':
      return operand.length <= OPERAND_LENGTH_MAX;
    case 'object':
      return operand === null;
    default:
      return operand !== undefined;
  }
}
