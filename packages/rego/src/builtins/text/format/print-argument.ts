import type { Argument } from './argument.ts';
import { type Flags, padded, truncated } from './flags.ts';
import { bigIntegerText, float64Text, int64Text } from './numbers.ts';
import { stringText } from './strings.ts';

/** Bits of a word of Go's `big.Int`. */
const WORD_BITS = 64n;

/**
 * An argument under a verb as Go's `fmt` prints it, mistakes included: `%!d(string=x)`.
 * @throws {Error} for the address of a value: no two evaluations of OPA print the same.
 */
export function printArgument(argument: Argument, verb: string, flags: Flags): string {
  if (verb === 'T') return padded(truncated(argument.kind, flags), flags);
  if (argument.kind === '*big.Int') return printBigInteger(argument.value, verb, flags);
  // No argument but a pointer has an address.
  const text = verb === 'p' ? undefined : printScalar(argument, verb, flags);
  return text ?? `%!${verb}(${argument.kind}=${printScalar(argument, 'v', flags)})`;
}

function printScalar(
  argument: Exclude<Argument, { kind: '*big.Int' }>,
  verb: string,
  flags: Flags,
): string | undefined {
  switch (argument.kind) {
    case 'int64':
      return int64Text(argument.value, verb, flags);
    case 'float64':
      return float64Text(argument.value, verb, flags);
    case 'string':
      return stringText(argument.value, verb, flags);
  }
}

function printBigInteger(value: bigint, verb: string, flags: Flags): string {
  if (verb === 'p')
    throw new Error('sprintf: the address of a number is not the same in any two evaluations');
  if (verb === 'w') return `%!w(*big.Int=&${structText(value, flags)})`;
  return bigIntegerText(value, verb, flags);
}

/** The fields of a `big.Int`, which Go shows where it was told to wrap an error that is none. */
function structText(value: bigint, flags: Flags): string {
  const words: bigint[] = [];
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= WORD_BITS) {
    words.push(BigInt.asUintN(Number(WORD_BITS), rest));
  }
  const isNegative = padded(String(value < 0n), flags);
  if (flags.sharpV) {
    const hexadecimal = { ...flags, sharp: true };
    const texts = words.map((word) => int64Text(word, 'x', hexadecimal)).join(', ');
    return `big.Int{neg:${isNegative}, abs:big.nat{${texts}}}`;
  }
  const texts = words.map((word) => int64Text(word, 'd', flags)).join(' ');
  return flags.plusV ? `{neg:${isNegative} abs:[${texts}]}` : `{${isNegative} [${texts}]}`;
}
