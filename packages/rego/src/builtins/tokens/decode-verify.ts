import { floatText } from '../../go/float-text.ts';
import type { BigNumber } from '../../values/big-number.ts';
import { compareNumbers, numberOf, numberText } from '../../values/big-number.ts';
import { sortedEntries } from '../../values/collections.ts';
import { isArray, isNumber } from '../../values/kinds.ts';
import { memberOf } from '../../values/objects.ts';
import type { ObjectValue, PlainObject, Value } from '../../values/value.ts';
import { type BuiltinContext, BuiltinError } from '../builtin.ts';
import { NotRepresentableError } from '../encodings/utf8.ts';
import { objectOperand, stringOperand } from '../operands.ts';
import { byteText } from '../time/byte-text.ts';
import { type Signed, verifyByName } from './algorithms.ts';
import { jsonObjectOf } from './json-object.ts';
import type { VerificationKey } from './keys/key-material.ts';
import { keysOf } from './keys/keys.ts';
import { decodePart, headerFieldsOf, headerOf, splitToken, type Token } from './token.ts';

const NANOSECONDS_PER_SECOND = 1e9;

const UNVERIFIED: Value = [false, {}, {}];

/** What a token has to meet. Texts that are not given are ''. */
interface Constraints {
  readonly keys: readonly VerificationKey[];
  readonly alg: string;
  readonly iss: string;
  readonly aud: string;
  /** Seconds since 1970, as the text of a double. */
  readonly now: number | BigNumber;
}

/** `io.jwt.decode_verify`: whether a token is signed with a key and meets the constraints, its header and its payload. */
export function decodeVerify(context: BuiltinContext, value: Value, constraintsValue: Value): Value {
  const constraints = constraintsOf(context, objectOperand(constraintsValue, 2));
  const token = openToken(byteText(stringOperand(value, 1)), constraints);
  if (token === undefined) return UNVERIFIED;
  const { header, payload } = token;
  return isMet(payload, constraints) ? [true, header, payload] : UNVERIFIED;
}

/** Header and payload of the innermost token, or undefined where one is not signed as it has to be. */
function openToken(
  bytes: string,
  constraints: Constraints,
): { readonly header: PlainObject; readonly payload: PlainObject } | undefined {
  for (let nested = bytes; ; ) {
    const token = splitToken(nested);
    const header = headerOf(token);
    const fields = headerFieldsOf(header);
    if (fields.alg === '' || fields.hasUnknownCritical) return undefined;
    if (constraints.alg !== '' && constraints.alg !== fields.alg) return undefined;
    const signed = { text: signedText(token), signature: decodePart(token.signature) };
    if (!isSigned(signed, fields, constraints.keys)) return undefined;
    const payload = decodePart(token.payload, 'JWT payload had invalid encoding: ');
    if (!/^jwt$/i.test(fields.cty)) return { header, payload: jsonObjectOf(payload) };
    nested = payload.toString('latin1');
  }
}

/** The bytes of a token that are signed. */
export function signedText({ header, payload }: Token): Buffer {
  return Buffer.from(`${header}.${payload}`, 'latin1');
}

function isSigned(
  signed: Signed,
  { alg, kid }: { readonly alg: string; readonly kid: string },
  keys: readonly VerificationKey[],
): boolean {
  const named = kid === '' ? undefined : keys.find((key) => key.kid === kid);
  if (named !== undefined) return verifyByName(alg, named.material, signed);
  return keys.some((key) => (key.alg === '' || key.alg === alg) && verifyByName(alg, key.material, signed));
}

function constraintsOf(context: BuiltinContext, object: ObjectValue): Constraints {
  const texts = { alg: '', aud: '', iss: '', secret: '' };
  let keys: readonly VerificationKey[] | undefined;
  let time: number | undefined;
  for (const [name, value] of sortedEntries(object)) {
    switch (name) {
      case 'cert':
        if (typeof value !== 'string') throw new BuiltinError('cert constraint: must be a string');
        keys = keysOf(value);
        break;
      case 'alg':
      case 'aud':
      case 'iss':
      case 'secret':
        if (typeof value !== 'string') throw new BuiltinError(`${name} constraint: must be a string`);
        texts[name] = value;
        break;
      case 'time':
        time = timeOf(value);
        break;
      default:
        // OPA crashes on it. Not a BuiltinError, so that no policy goes on.
        if (typeof name !== 'string')
          throw new NotRepresentableError('not representable: the name of a token constraint is no string');
        throw new BuiltinError(`unknown token validation constraint: ${name}`);
    }
  }
  time ??= timeOf(numberOf(context.nowNs.toString()));
  if (keys !== undefined && texts.secret !== '') throw new BuiltinError('duplicate key constraints');
  if (keys === undefined && texts.secret === '') throw new BuiltinError('no key constraint');
  keys ??= [{ alg: '', kid: '', material: { kind: 'secret', secret: Buffer.from(texts.secret) } }];
  return { ...texts, keys, now: numberOf(floatText(time / NANOSECONDS_PER_SECOND, 'g', -1)) };
}

function timeOf(value: Value): number {
  if (!isNumber(value)) throw new BuiltinError('token time constraint: must be a number');
  const time = Number(numberText(value));
  if (!Number.isFinite(time)) throw new BuiltinError('token time constraint: unvalid float64');
  if (time < 0) throw new BuiltinError('token time constraint: must not be negative');
  return time;
}

/** Whether the claims of a payload meet the constraints. */
function isMet(payload: PlainObject, constraints: Constraints): boolean {
  const issuer = memberOf(payload, 'iss');
  if (constraints.iss !== '' && issuer !== undefined && typeof issuer !== 'string') {
    // OPA crashes on it. Not a BuiltinError, so that no policy goes on.
    throw new Error('io.jwt.decode_verify: iss that is no string');
  }
  if (constraints.iss !== '' && issuer !== constraints.iss) return false;
  if (!isAudience(memberOf(payload, 'aud'), constraints.aud)) return false;
  const expiry = memberOf(payload, 'exp');
  if (expiry !== undefined) {
    if (!isNumber(expiry)) throw new BuiltinError('exp value must be a number');
    if (compareNumbers(constraints.now, expiry) >= 0) return false;
  }
  const start = memberOf(payload, 'nbf');
  if (start === undefined) return true;
  if (!isNumber(start)) throw new BuiltinError('nbf value must be a number');
  return compareNumbers(constraints.now, start) >= 0;
}

function isAudience(audience: Value | undefined, wanted: string): boolean {
  if (audience === undefined) return wanted === '';
  if (typeof audience === 'string') return audience === wanted;
  return isArray(audience) && audience.includes(wanted);
}
