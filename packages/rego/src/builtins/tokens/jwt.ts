import type { Value } from '../../values/value.ts';
import type { Builtin, BuiltinGroup } from '../builtin.ts';
import { stringOperand } from '../operands.ts';
import { byteText } from '../time/byte-text.ts';
import { type Algorithm, verifyHmac, verifySignature } from './algorithms.ts';
import { decodeToken } from './decode.ts';
import { decodeVerify, signedText } from './decode-verify.ts';
import { keysOf } from './keys/keys.ts';
import { decodePart, headerFieldsOf, headerOf, tokenOf } from './token.ts';

/** Rego's `io.jwt.*`, without those that sign (`v1/topdown/tokens.go`). */
export const tokenBuiltins: BuiltinGroup = {
  'io.jwt.decode': (_context, value: Value) => decodeToken(byteText(stringOperand(value, 1))),
  'io.jwt.decode_verify': decodeVerify,
  'io.jwt.verify_hs256': verifyWithSecret('sha256'),
  'io.jwt.verify_hs384': verifyWithSecret('sha384'),
  'io.jwt.verify_hs512': verifyWithSecret('sha512'),
  'io.jwt.verify_rs256': verifyWithKey({ family: 'pkcs1', hash: 'sha256' }),
  'io.jwt.verify_rs384': verifyWithKey({ family: 'pkcs1', hash: 'sha384' }),
  'io.jwt.verify_rs512': verifyWithKey({ family: 'pkcs1', hash: 'sha512' }),
  'io.jwt.verify_ps256': verifyWithKey({ family: 'pss', hash: 'sha256' }),
  'io.jwt.verify_ps384': verifyWithKey({ family: 'pss', hash: 'sha384' }),
  'io.jwt.verify_ps512': verifyWithKey({ family: 'pss', hash: 'sha512' }),
  'io.jwt.verify_es256': verifyWithKey({ family: 'ecdsa', hash: 'sha256' }),
  'io.jwt.verify_es384': verifyWithKey({ family: 'ecdsa', hash: 'sha384' }),
  'io.jwt.verify_es512': verifyWithKey({ family: 'ecdsa', hash: 'sha512' }),
  'io.jwt.verify_eddsa': verifyWithKey({ family: 'eddsa', hash: '' }),
};

function verifyWithSecret(hash: string): Builtin {
  return (_context, value: Value, secretValue: Value) => {
    stringOperand(value, 1);
    const secret = Buffer.from(stringOperand(secretValue, 2));
    const token = tokenOf(value);
    return verifyHmac(hash, secret, { text: signedText(token), signature: decodePart(token.signature) });
  };
}

/** The algorithm is that of the built-in: the one of the token's header only tells which keys of a set may be meant. */
function verifyWithKey(algorithm: Algorithm): Builtin {
  return (_context, value: Value, keyValue: Value) => {
    const token = tokenOf(value);
    const keys = keysOf(stringOperand(keyValue, 2));
    const signed = { text: signedText(token), signature: decodePart(token.signature) };
    const { alg, kid } = headerFieldsOf(headerOf(token));
    const named = kid === '' ? undefined : keys.find((key) => key.kid === kid);
    if (named !== undefined) return verifySignature(algorithm, named.material, signed);
    return keys.some(
      (key) => (key.alg === '' || key.alg === alg) && verifySignature(algorithm, key.material, signed),
    );
  };
}
