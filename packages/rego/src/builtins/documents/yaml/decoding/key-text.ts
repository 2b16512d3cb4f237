import { floatText } from '../../../../go/float-text.ts';
import type { Decoded } from './decoded.ts';

/** The name that a key has in JSON, or undefined where it has none. A float is told with 32 bits. */
export function keyText(key: Decoded): string | undefined {
  switch (typeof key) {
    case 'string':
      return key;
    case 'bigint':
    case 'boolean':
      return String(key);
    case 'number':
      return singleText(Math.fround(key));
    default:
      return undefined;
  }
}

/** As Go's `strconv.FormatFloat(value, 'g', -1, 32)`, in YAML's words. */
function singleText(single: number): string {
  if (Number.isNaN(single)) return '.nan';
  if (!Number.isFinite(single)) return single < 0 ? '-.inf' : '.inf';
  // Nine digits tell every single apart.
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(single.toPrecision(digits));
    if (Math.fround(rounded) === single) return floatText(rounded, 'g', -1);
  }
  return floatText(Number(single.toPrecision(9)), 'g', -1);
}
