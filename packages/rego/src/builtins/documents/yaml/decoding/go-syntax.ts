import { floatText } from '../../../../go/float-text.ts';
import { quote } from '../../../../go/quote.ts';
import { compareStrings } from '../../../../values/strings.ts';
import { type Decoded, DecodedMap, typeText } from './decoded.ts';

const INT64_MAX = 2n ** 63n - 1n;

/** A value as Go's `%#v` writes it. */
export function goSyntax(value: Decoded): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[]interface {}{${value.map(inner).join(', ')}}`;
  if (value instanceof DecodedMap) {
    const members = [...value.entries()].map(([key, member]) => [inner(key), inner(member)] as const);
    const sorted = members.sort(([left], [right]) => compareStrings(left, right));
    return `${typeText(value)}{${sorted.map((member) => member.join(':')).join(', ')}}`;
  }
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'bigint':
      return value > INT64_MAX ? `0x${value.toString(16)}` : value.toString();
    case 'number':
      return numberText(value);
    default:
      return String(value);
  }
}

function inner(value: Decoded): string {
  return value === null ? 'interface {}(nil)' : goSyntax(value);
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return floatText(value, 'g', -1);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
