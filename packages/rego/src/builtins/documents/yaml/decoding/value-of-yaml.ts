import { integerOf, numberOf } from '../../../../values/big-number.ts';
import { setMember } from '../../../../values/objects.ts';
import { compareStrings } from '../../../../values/strings.ts';
import type { Value } from '../../../../values/value.ts';
import { YamlError } from '../reading/yaml-source.ts';
import { type Decoded, DecodedMap } from './decoded.ts';
import { goSyntax } from './go-syntax.ts';
import { keyText } from './key-text.ts';

/**
 * The value that OPA has of a decoded document, by way of its JSON.
 * @param checkLimits called for each value on each way.
 * @throws {YamlError} for a key or a number that JSON does not have.
 */
export function valueOfYaml(decoded: Decoded, checkLimits: () => void): Value {
  return jsonValue(named(decoded, checkLimits), checkLimits);
}

/** What is decoded, with keys that are texts. */
type Named = null | boolean | string | number | bigint | Named[] | Map<string, Named>;

function named(decoded: Decoded, checkLimits: () => void): Named {
  checkLimits();
  if (Array.isArray(decoded)) return decoded.map((element) => named(element, checkLimits));
  if (!(decoded instanceof DecodedMap)) return decoded;
  const members = new Map<string, Named>();
  for (const [key, value] of decoded.entries()) {
    const name = keyText(key);
    if (name === undefined) throw unnamed(value);
    members.set(name, named(value, checkLimits));
  }
  return members;
}

/** Of all keys only null has no name. */
function unnamed(value: Decoded): YamlError {
  return new YamlError(`unsupported map key of type: %!s(<nil>), key: <nil>, value: ${goSyntax(value)}`);
}

function jsonValue(value: Named, checkLimits: () => void): Value {
  checkLimits();
  if (Array.isArray(value)) return value.map((element) => jsonValue(element, checkLimits));
  if (value instanceof Map) {
    const object = {};
    const sorted = [...value].sort(([left], [right]) => compareStrings(left, right));
    for (const [name, member] of sorted) setMember(object, name, jsonValue(member, checkLimits));
    return object;
  }
  if (typeof value === 'bigint') return integerOf(value);
  if (typeof value !== 'number') return value;
  if (Number.isFinite(value)) return numberOf(Object.is(value, -0) ? '-0' : String(value));
  const text = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  throw new YamlError(`json: unsupported value: ${text}`);
}
