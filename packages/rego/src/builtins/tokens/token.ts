import type { PlainObject, Value } from '../../values/value.ts';
import { BuiltinError } from '../builtin.ts';
import { decodedBase64url } from '../encodings/base64.ts';
import { stringOperand } from '../operands.ts';
import { byteText } from '../time/byte-text.ts';
import { jsonObjectOf } from './json-object.ts';
import { withPrefix } from './with-prefix.ts';

/** The three parts of a compact JWS, each as the bytes of its base64url text, one character a byte. */
export interface Token {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

/** The parts of a token. @throws {BuiltinError} with OPA's texts. */
export function tokenOf(value: Value): Token {
  return splitToken(byteText(stringOperand(value, 1)));
}

/** The parts of a token that is a byte text. */
export function splitToken(bytes: string): Token {
  if (!bytes.includes('.')) throw new BuiltinError('encoded JWT had no period separators');
  const [header = '', payload = '', signature = '', ...more] = bytes.split('.');
  const count = bytes.split('.').length;
  if (count !== 3 || more.length > 0)
    throw new BuiltinError(`encoded JWT must have 3 sections, found ${count}`);
  return { header, payload, signature };
}

/** The header of a token. A token that is encrypted is refused. */
export function headerOf({ header }: Token): PlainObject {
  const bytes = decodePart(header, 'JWT header had invalid encoding: ');
  const object = withPrefix('bad JWT header: ', () => jsonObjectOf(bytes));
  if (Object.hasOwn(object, 'enc')) throw new BuiltinError('JWT is a JWE object, which is not supported');
  return object;
}

/** The bytes of a part. The prefix is put before what OPA says of a wrong one. */
export function decodePart(part: string, prefix = ''): Buffer {
  return withPrefix(prefix, () => decodedBase64url(Buffer.from(part, 'latin1')));
}

/** The registered fields of a header. Those that are not there are ''. */
export interface HeaderFields {
  readonly alg: string;
  readonly kid: string;
  readonly cty: string;
  /** Whether there is a critical field that OPA does not know. */
  readonly hasUnknownCritical: boolean;
}

const KNOWN_FIELDS = ['alg', 'crit', 'cty', 'kid', 'typ'] as const;

/** The fields of a header, checked in the order of their names. @throws {BuiltinError} with OPA's texts. */
export function headerFieldsOf(header: PlainObject): HeaderFields {
  const fields = { alg: '', cty: '', kid: '', typ: '' };
  const critical = new Set<string>();
  for (const name of KNOWN_FIELDS) {
    const value = Object.hasOwn(header, name) ? header[name] : undefined;
    if (value === undefined) continue;
    if (name === 'crit') readCritical(value, critical);
    else if (typeof value === 'string') fields[name] = value;
    else throw new BuiltinError(`${name}: must be a string`);
  }
  const isKnown = (name: string) => KNOWN_FIELDS.some((known) => known === name);
  const hasUnknownCritical = Object.keys(header).some((name) => critical.has(name) && !isKnown(name));
  return { ...fields, hasUnknownCritical };
}

function readCritical(value: Value, critical: Set<string>): void {
  if (!Array.isArray(value)) throw new BuiltinError('crit: must be a list');
  for (const name of value) {
    // OPA stops at the first that is no string, without an error.
    if (typeof name !== 'string') break;
    critical.add(name);
  }
  if (critical.size === 0) throw new BuiltinError('crit: must be a nonempty list');
}
