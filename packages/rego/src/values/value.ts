import type { BigNumber } from './big-number.ts';
import type { RegoObject, RegoSet } from './collections.ts';

/**
 * A Rego value as policies handle it. Never changed once it is made, apart from collections that are still
 * being built by the code that made them.
 *
 * - A number is a JavaScript `number` when its Rego text is exactly `String(n)`: a safe integer other than -0,
 *   or a finite fraction in its shortest spelling. Every other number (`1.0`, `1e3`, -0, integers past 2^53,
 *   fractions of more digits than a double holds) is a `BigNumber`, which keeps the text.
 * - An object whose keys are all strings is a plain JavaScript object of which only own properties count;
 *   one with any other key is a `RegoObject`. So an object has one representation only.
 * - Strings are well-formed UTF-16: lone surrogates have become U+FFFD, as in Go.
 */
export type Value =
  | null
  | boolean
  | number
  | string
  | BigNumber
  | readonly Value[]
  | PlainObject
  | RegoObject
  | RegoSet;

/** An object whose keys are all strings. Read it with own-property checks only: its prototype is `Object.prototype`. */
export interface PlainObject {
  readonly [key: string]: Value;
}

/** An object, whatever its keys. */
export type ObjectValue = PlainObject | RegoObject;

/** One key of an object with its value. */
export type Entry = readonly [key: Value, value: Value];
