import { memberOf } from '../../values/objects.ts';
import type { Value } from '../../values/value.ts';
import { BuiltinError } from '../builtin.ts';
import { jsonObjectOf } from './json-object.ts';
import { decodePart, headerOf, splitToken } from './token.ts';

/** Tokens within tokens that are opened; each is a quarter smaller than the one around it. */
const NESTED_MAX = 1_000;

/** `io.jwt.decode` of a byte text: the header, the payload and the signature in hexadecimal, of the innermost token. */
export function decodeToken(bytes: string): Value {
  let nested = bytes;
  for (let depth = 0; depth < NESTED_MAX; depth++) {
    const token = splitToken(nested);
    const header = headerOf(token);
    const payload = decodePart(token.payload, 'JWT payload had invalid encoding: ');
    const contentType = memberOf(header, 'cty') ?? '';
    // OPA crashes on it. Not a BuiltinError, so that no policy goes on.
    if (typeof contentType !== 'string') throw new Error('io.jwt.decode: cty that is no string');
    if (contentType !== 'JWT') {
      const object = jsonObjectOf(payload);
      const signature = decodePart(token.signature, 'JWT signature had invalid encoding: ');
      return [header, object, signature.toString('hex')];
    }
    nested = payload.toString('latin1').replace(/^["']+|["']+$/g, '');
  }
  throw new BuiltinError('encoded JWT had no period separators');
}
