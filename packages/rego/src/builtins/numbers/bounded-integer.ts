/** Bits of the largest integer that is computed; OPA goes on until memory ends. */
const INTEGER_BITS_MAX = 1 << 22;

const LIMIT = 1n << BigInt(INTEGER_BITS_MAX);

/** The integer itself. @throws {RangeError} when it has more bits than are computed with. */
export function boundedInteger(value: bigint): bigint {
  if (value < LIMIT && value > -LIMIT) return value;
  throw new RangeError(`integer of more than ${INTEGER_BITS_MAX} bits`);
}

/** `value << count`. @throws {RangeError} when the result would have more bits than are computed with. */
export function boundedShift(value: bigint, count: bigint): bigint {
  if (value === 0n) return value;
  if (count > BigInt(INTEGER_BITS_MAX)) throw new RangeError(`integer of more than ${INTEGER_BITS_MAX} bits`);
  return boundedInteger(value << count);
}
