import type { Value } from '../values/value.ts';

/** Results of functions with operands that are kept for a data document. */
const FUNCTION_RESULTS_MAX = 4_096;
/** UTF-16 units of an operand under which a result is kept. */
const OPERAND_LENGTH_MAX = 256;

/** What a function came to, and the numbers of the rules that fired for it. */
export interface SharedResult {
  readonly value: Value | undefined;
  readonly fired: readonly number[];
}

/** An operand that is told apart by what it is. */
export type Scalar = null | boolean | number | string;

type Kept = Map<Scalar, SharedResult | Kept>;

/**
 * What one program computed of one data document without the input, for all evaluations of both. Errors are not kept.
 * Where there is no room for another result of a function with operands, all of these are forgotten.
 */
export class SharedResults {
  /** The data document; results are not those of another one that has taken its place. */
  readonly root: Value;
  /** By number of the function: results of those without operands of their own. */
  readonly rules: (SharedResult | undefined)[];
  readonly #functions = new Map<number, Kept>();
  #size = 0;

  constructor(root: Value, functions: number) {
    this.root = root;
    this.rules = new Array(functions).fill(undefined);
  }

  /** The result of a function of one or two scalars. */
  find(number: number, [first, second]: readonly [Scalar, Scalar | undefined]): SharedResult | undefined {
    const found = this.#functions.get(number)?.get(first);
    return second === undefined || found === undefined
      ? (found as SharedResult | undefined)
      : ((found as Kept).get(second) as SharedResult | undefined);
  }

  keep(number: number, [first, second]: readonly [Scalar, Scalar | undefined], result: SharedResult): void {
    if (this.#size === FUNCTION_RESULTS_MAX) {
      this.#functions.clear();
      this.#size = 0;
    }
    this.#size++;
    const ofFunction = inner(this.#functions, number);
    if (second === undefined) ofFunction.set(first, result);
    else inner(ofFunction as Map<Scalar, Kept>, first).set(second, result);
  }
}

function inner<Key>(map: Map<Key, Kept>, key: Key): Kept {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made: Kept = new Map();
  map.set(key, made);
  return made;
}

/** Whether results are kept under an operand. */
export function isShareable(operand: Value | undefined): operand is Scalar {
  switch (typeof operand) {
    case 'string':
      return operand.length <= OPERAND_LENGTH_MAX;
    case 'object':
      return operand === null;
    default:
      return operand !== undefined;
  }
}
