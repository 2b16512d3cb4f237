import { type BigNumber, int64Of } from '../../../values/big-number.ts';
import { isNumber } from '../../../values/kinds.ts';
import { termText } from '../../../values/term-text.ts';
import type { Value } from '../../../values/value.ts';

/** What OPA hands to Go's `fmt` for a value; the kind is the name of the Go type. */
export type Argument =
  | { readonly kind: 'int64'; readonly value: number | bigint }
  | { readonly kind: '*big.Int'; readonly value: bigint }
  | { readonly kind: 'float64'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string };

/** Numbers stay numbers where Go has a type for them, strings are themselves, all else is its Rego text. */
export function argumentOf(value: Value): Argument {
  if (typeof value === 'string') return { kind: 'string', value };
  if (!isNumber(value)) return { kind: 'string', value: termText(value) };
  if (typeof value === 'number') return { kind: Number.isInteger(value) ? 'int64' : 'float64', value };
  return argumentOfNumber(value);
}

/** The spelling decides, not the value: `1.0` and `1e3` are floats. */
function argumentOfNumber(number: BigNumber): Argument {
  const { text } = number;
  if (/[.eE]/.test(text)) {
    const { double } = number;
    return Number.isFinite(double) ? { kind: 'float64', value: double } : { kind: 'string', value: text };
  }
  const integer = int64Of(number);
  if (integer !== undefined) return { kind: 'int64', value: integer };
  if (/^[+-]?\d+$/.test(text)) return { kind: '*big.Int', value: BigInt(text.replace('+', '')) };
  return { kind: 'string', value: text };
}
