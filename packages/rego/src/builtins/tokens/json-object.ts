import { isUtf8 } from 'node:buffer';
import { isPlainObject } from '../../values/kinds.ts';
import type { PlainObject } from '../../values/value.ts';
import { BuiltinError } from '../builtin.ts';
import { unmarshalJson } from '../documents/unmarshal-json.ts';
import { withPrefix } from './with-prefix.ts';

/** The object of a part of a token. @throws {BuiltinError} with OPA's texts. */
export function jsonObjectOf(bytes: Buffer): PlainObject {
  const value = withPrefix('invalid JSON: ', () => unmarshalJson(textOfUtf8(bytes)));
  if (isPlainObject(value)) return value;
  throw new BuiltinError('decoded JSON type was not an Object');
}

/** Bytes as text; each byte that is no UTF-8 is a U+FFFD of its own, as in Go. */
function textOfUtf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at] ?? 0);
    const sequence = bytes.subarray(at, at + length);
    const isWhole = sequence.length === length && isUtf8(sequence);
    text += isWhole ? sequence.toString('utf8') : '\ufffd';
    at += isWhole ? length : 1;
  }
  return text;
}

function sequenceLength(lead: number): number {
  if (lead < 0xe0) return lead < 0xc0 ? 1 : 2;
  return lead < 0xf0 ? 3 : 4;
}
