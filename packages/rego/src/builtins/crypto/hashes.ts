import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { Value } from '../../values/value.ts';
import type { Builtin, BuiltinGroup } from '../builtin.ts';
import { stringOperand } from '../operands.ts';

/** Rego's hashes of strings, of their UTF-8 bytes, in lower-case hexadecimal (`v1/topdown/crypto.go`). */
export const cryptoBuiltins: BuiltinGroup = {
  'crypto.md5': hashWith('md5'),
  'crypto.sha1': hashWith('sha1'),
  'crypto.sha256': hashWith('sha256'),
  'crypto.hmac.md5': hmacWith('md5'),
  'crypto.hmac.sha1': hmacWith('sha1'),
  'crypto.hmac.sha256': hmacWith('sha256'),
  'crypto.hmac.sha512': hmacWith('sha512'),

  'crypto.hmac.equal': (_context, leftValue: Value, rightValue: Value) => {
    const left = Buffer.from(stringOperand(leftValue, 1));
    const right = Buffer.from(stringOperand(rightValue, 2));
    return left.length === right.length && timingSafeEqual(left, right);
  },
};

function hashWith(algorithm: string): Builtin {
  return (_context, value: Value) => hash(algorithm, stringOperand(value, 1), 'hex');
}

function hmacWith(algorithm: string): Builtin {
  return (_context, message: Value, key: Value) => {
    const text = stringOperand(message, 1);
    return createHmac(algorithm, stringOperand(key, 2)).update(text).digest('hex');
  };
}
