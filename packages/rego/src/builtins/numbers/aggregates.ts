import {
  addFloats,
  type BigFloat,
  floatOfDouble,
  floatOfInteger,
  multiplyFloats,
} from '../../go/big-float.ts';
import { type BigNumber, exactInteger, integerOf } from '../../values/big-number.ts';
import { compare, RegoSet } from '../../values/collections.ts';
import { isArray, isNumber, isObject } from '../../values/kinds.ts';
import { sizeOf } from '../../values/objects.ts';
import type { Value } from '../../values/value.ts';
import type { BuiltinContext, BuiltinGroup } from '../builtin.ts';
import { operandElementError, operandTypeError } from '../operands.ts';
import { floatOf, numberOfFloat } from './arithmetic.ts';
import { boundedInteger } from './bounded-integer.ts';

/** Numbers that are summed or multiplied between two looks at the limits. */
const NUMBERS_PER_CHECK = 256;

/** What Rego says of a whole collection. */
export const aggregateBuiltins: BuiltinGroup = {
  count: (_context: BuiltinContext, collection: Value) => {
    if (typeof collection === 'string') return codePointsIn(collection);
    if (isArray(collection)) return collection.length;
    if (collection instanceof RegoSet) return collection.size;
    if (isObject(collection)) return sizeOf(collection);
    throw operandTypeError(collection, 1, 'array', 'object', 'set', 'string');
  },
  sum: (context: BuiltinContext, collection: Value) =>
    accumulated(context, collection, {
      start: 0n,
      ofSafe: (total, next) => total + next,
      ofIntegers: (total, next) => total + next,
      startFloat: floatOfInteger(0n),
      ofFloats: addFloats,
    }),
  product: (context: BuiltinContext, collection: Value) =>
    accumulated(context, collection, {
      start: 1n,
      ofSafe: (total, next) => total * next,
      ofIntegers: (total, next) => total * next,
      startFloat: floatOfDouble(1),
      // The product keeps the 53 bits of the double it starts from.
      ofFloats: (total, next) => multiplyFloats(total, next, total.precision),
    }),
  max: (_context: BuiltinContext, collection: Value) => {
    const elements = elementsOf(collection);
    let largest = elements[0];
    for (const element of elements) {
      if (largest !== undefined && compare(largest, element) <= 0) largest = element;
    }
    return largest;
  },
  min: (_context: BuiltinContext, collection: Value) => {
    const elements = elementsOf(collection);
    let least = elements[0];
    for (const element of elements) {
      if (least !== undefined && compare(least, element) >= 0) least = element;
    }
    return least;
  },
};

interface Operation {
  readonly start: bigint;
  readonly ofSafe: (total: number, next: number) => number;
  readonly ofIntegers: (total: bigint, next: bigint) => bigint;
  readonly startFloat: BigFloat;
  readonly ofFloats: (total: BigFloat, next: BigFloat) => BigFloat;
}

function accumulated(context: BuiltinContext, collection: Value, operation: Operation): Value {
  const elements = elementsOf(collection);
  const numbers: (number | BigNumber)[] = [];
  for (const element of elements) {
    if (!isNumber(element)) throw operandElementError({ operand: collection, element }, 1, 'number');
    numbers.push(element);
  }
  return (
    safeTotal(numbers, operation) ??
    exactTotal(context, numbers, operation) ??
    floatTotal(context, numbers, operation)
  );
}

function safeTotal(
  numbers: readonly (number | BigNumber)[],
  { start, ofSafe }: Operation,
): number | undefined {
  let total = Number(start);
  for (const number of numbers) {
    if (!Number.isInteger(number)) return undefined;
    total = ofSafe(total, number as number);
    if (!Number.isSafeInteger(total)) return undefined;
  }
  return total + 0;
}

function exactTotal(
  context: BuiltinContext,
  numbers: readonly (number | BigNumber)[],
  { start, ofIntegers }: Operation,
): Value | undefined {
  let total = start;
  for (const [index, number] of numbers.entries()) {
    if (index % NUMBERS_PER_CHECK === 0 || typeof number !== 'number') context.checkLimits();
    const integer = exactInteger(number);
    if (integer === undefined) return undefined;
    total = boundedInteger(ofIntegers(total, integer));
  }
  return integerOf(total);
}

function floatTotal(
  context: BuiltinContext,
  numbers: readonly (number | BigNumber)[],
  { startFloat, ofFloats }: Operation,
): Value {
  let total = startFloat;
  for (const [index, number] of numbers.entries()) {
    if (index % NUMBERS_PER_CHECK === 0 || typeof number !== 'number') context.checkLimits();
    total = ofFloats(total, floatOf(number));
  }
  return numberOfFloat(total);
}

function elementsOf(collection: Value): readonly Value[] {
  if (isArray(collection)) return collection;
  if (collection instanceof RegoSet) return collection.sorted();
  throw operandTypeError(collection, 1, 'set', 'array');
}

function codePointsIn(text: string): number {
  let count = 0;
  for (const _character of text) count++;
  return count;
}
