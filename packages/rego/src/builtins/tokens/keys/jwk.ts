import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { isArray, isPlainObject } from '../../../values/kinds.ts';
import { parseJson } from '../../../values/parse-json.ts';
import type { PlainObject, Value } from '../../../values/value.ts';
import { BuiltinError } from '../../builtin.ts';
import { JsonScanner } from '../../documents/json-scanner.ts';
import { isAlgorithm } from '../algorithms.ts';
import { withPrefix } from '../with-prefix.ts';
import { certificateOf } from './certificate.ts';
import {
  ecMaterial,
  importKey,
  type KeyMaterial,
  rsaMaterial,
  type VerificationKey,
} from './key-material.ts';
import { UnprovenKeyError } from './unproven-key-error.ts';

type Fields = PlainObject;

/** Keys of a set that OPA's library reads at most. */
const KEYS_MAX = 1_000;
/** Certificates of a key; OPA's library has a bound of its own above. */
const CHAIN_MAX = 5;

/** Algorithms of keys that are for encryption, which OPA leaves out. */
const LEFT_OUT = new Set(['RSA1_5', 'RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES', 'dir']);

const KEY_OPERATIONS = new Set(
  'sign,verify,encrypt,decrypt,wrapKey,unwrapKey,deriveKey,deriveBits'.split(','),
);

/** The keys of the JSON of a JWK or of a set of them; only forms that OPA is known to take. */
export function jwkKeysOf(text: string): readonly VerificationKey[] {
  const { value: source, isWhole } = withPrefix(`${SET_REFUSED}${SOLE_REFUSED}${PROBE_REFUSED}`, () =>
    firstValueOf(text),
  );
  // Of a text with more behind its first value the library does not see that it is a set.
  if (!isWhole || !isPlainObject(source) || !Object.hasOwn(source, 'keys')) {
    return withPrefix(`${SET_REFUSED}${SOLE_REFUSED}`, () => keyOf(probedFields(source)));
  }
  return withPrefix(`${SET_REFUSED}failed to unmarshal JWK set: `, () =>
    elementsOf(source.keys ?? null).flatMap((key, index) =>
      withPrefix(`failed to decode key #${index} in "keys": jwk.ParseKey: `, () => keyOf(probedFields(key))),
    ),
  );
}

const SET_REFUSED = 'failed to parse a JWK key (set): jwk.ParseString: failed to parse string: jwk.Parse: ';
const SOLE_REFUSED = 'failed to parse sole key: jwk.ParseKey: ';
const PROBE_REFUSED = 'jwk.Parse: failed to probe data: probe: failed to unmarshal data: ';
/** As Go names the type into which the library reads a key first. The order of its members is of chance in each process. */
const PROBE_TYPE = 'struct { Kty string "json:\\"kty\\""; D json.RawMessage "json:\\"d,omitempty\\"" }';

/** Levels that the library looks into for `keys`. */
const DEPTH_MAX = 300;

/** The first value of a text, and whether it is all of it. @throws {BuiltinError} in Go's words where it begins with none. */
function firstValueOf(text: string): { readonly value: Value; readonly isWhole: boolean } {
  try {
    const value = parseJson(text);
    if (isDeep(value, DEPTH_MAX)) throw new UnprovenKeyError('deeply nested JSON');
    return { value, isWhole: true };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const bytes = Buffer.from(text, 'utf8');
  const scanner = new JsonScanner(bytes);
  if (scanner.peek() === undefined) throw new BuiltinError('EOF');
  const start = scanner.position;
  try {
    scanner.skipValue();
  } catch (error) {
    // The library looks for `keys` with another reader, which is less strict.
    if (bytes[start] === OBJECT_START && /keys|\\/.test(text))
      throw new UnprovenKeyError('text that is no JSON');
    throw error;
  }
  return { value: parseJson(bytes.toString('utf8', start, scanner.position)), isWhole: false };
}

const OBJECT_START = 0x7b;

function isDeep(value: Value, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeep(member, levels - 1));
}

function elementsOf(keys: Value): readonly Value[] {
  if (isArray(keys)) {
    if (keys.length > KEYS_MAX) throw new UnprovenKeyError('set of keys');
    return keys;
  }
  if (typeof keys === 'number' && (!Number.isSafeInteger(keys) || Object.is(keys, -0)))
    throw new UnprovenKeyError('set of keys that is an unusual number');
  const found = keys === null ? '<nil>' : isPlainObject(keys) ? '{' : String(keys);
  throw new BuiltinError(`failed to decode "keys": expected '[' but got ${found}`);
}

const KTY = /^kty$/iu;
const TYPES = ['RSA', 'EC', 'oct', 'OKP'];

/** The members of a key of a type that the library knows. @throws {BuiltinError} with its texts for others. */
function probedFields(key: Value): Fields {
  if (key !== null && !isPlainObject(key))
    throw new BuiltinError(
      `${PROBE_REFUSED}json: cannot unmarshal ${jsonKind(key)} into Go value of type ${PROBE_TYPE}`,
    );
  const fields: Fields = key ?? {};
  // Go finds names of any case, the last one of them.
  if (Object.keys(fields).some((name) => name !== 'kty' && KTY.test(name)))
    throw new UnprovenKeyError('JWK that tells its type in an unusual way');
  const type = Object.hasOwn(fields, 'kty') ? (fields.kty ?? null) : '';
  // Of a name that comes twice null does not count.
  if (type === null) throw new UnprovenKeyError('JWK of type null');
  if (typeof type !== 'string')
    throw new BuiltinError(
      `${PROBE_REFUSED}json: cannot unmarshal ${jsonKind(type)} into Go struct field .kty of type string`,
    );
  if (!TYPES.includes(type)) throw new BuiltinError(`invalid key type from JSON (${type})`);
  return fields;
}

/** What Go calls the kind of a JSON value. */
function jsonKind(value: Value): string {
  if (isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** A key, or none where it is for something else than signatures. */
function keyOf(fields: Fields): readonly VerificationKey[] {
  if (Object.keys(fields).some((name) => /^d$/i.test(name))) throw new UnprovenKeyError('private JWK');
  for (const name of ['use', 'x5t', 'x5t#S256', 'x5u']) textField(fields, name);
  checkOperations(fields);
  checkChain(fields);
  const material = materialOf(fields);
  const alg = textField(fields, 'alg') ?? '';
  const kid = textField(fields, 'kid') ?? '';
  if (alg === '' && Object.hasOwn(fields, 'alg')) throw new UnprovenKeyError('JWK with an empty algorithm');
  if (LEFT_OUT.has(alg)) return [];
  if (alg !== '' && !isAlgorithm(alg)) throw new UnprovenKeyError('JWK with an unusual algorithm');
  return [{ alg, kid, material }];
}

function materialOf(fields: Fields): KeyMaterial {
  const { kty } = fields;
  switch (kty) {
    case 'RSA':
      return rsaMaterial(publicKey({ kty: 'RSA', n: encoded(fields, 'n'), e: encoded(fields, 'e') }));
    case 'EC':
      return ecMaterial(publicKey({ kty: 'EC', ...curvePoint(fields) }));
    case 'oct':
      return { kind: 'secret', secret: Buffer.from(encoded(fields, 'k'), 'base64url') };
    case 'OKP':
      return { kind: 'ed25519', key: publicKey({ kty: 'OKP', ...edwardsPoint(fields) }) };
    default:
      throw new UnprovenKeyError('JWK of an unusual type');
  }
}

const COORDINATE_BYTES: ReadonlyMap<unknown, number> = new Map([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
]);

function curvePoint(fields: Fields): JsonWebKey {
  const [x, y] = [encoded(fields, 'x'), encoded(fields, 'y')];
  const { crv } = fields;
  const bytes = COORDINATE_BYTES.get(crv);
  if (bytes === undefined || decodedBytes(x) !== bytes || decodedBytes(y) !== bytes)
    throw new UnprovenKeyError('JWK of an unusual curve');
  return { crv: crv as string, x, y };
}

function edwardsPoint(fields: Fields): JsonWebKey {
  const x = encoded(fields, 'x');
  const { crv } = fields;
  if (crv !== 'Ed25519' || decodedBytes(x) !== 32) throw new UnprovenKeyError('JWK of an unusual curve');
  return { crv: 'Ed25519', x };
}

function publicKey(key: JsonWebKey) {
  return importKey(() => createPublicKey({ key, format: 'jwk' }));
}

/** A field of base64url without padding, not empty. */
function encoded(fields: Fields, name: string): string {
  const value = textField(fields, name) ?? '';
  if (/^[A-Za-z0-9_-]+$/.test(value) && value.length % 4 !== 1) return value;
  throw new UnprovenKeyError(`JWK with an unusual ${name}`);
}

function decodedBytes(base64url: string): number {
  return Math.floor((base64url.length * 3) / 4);
}

function textField(fields: Fields, name: string): string | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw new UnprovenKeyError(`JWK whose ${name} is no string`);
}

function checkOperations(fields: Fields): void {
  if (!Object.hasOwn(fields, 'key_ops')) return;
  const { key_ops: operations } = fields;
  if (!Array.isArray(operations) || !operations.every((operation) => KEY_OPERATIONS.has(operation)))
    throw new UnprovenKeyError('JWK with unusual operations');
}

function checkChain(fields: Fields): void {
  if (!Object.hasOwn(fields, 'x5c')) return;
  const { x5c: chain } = fields;
  if (!Array.isArray(chain) || chain.length === 0 || chain.length > CHAIN_MAX)
    throw new UnprovenKeyError('JWK with an unusual chain of certificates');
  for (const certificate of chain) {
    const isBase64 =
      typeof certificate === 'string' &&
      /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2,3}={1,2})?$/.test(certificate);
    if (!isBase64 || certificate.length % 4 !== 0)
      throw new UnprovenKeyError('JWK with an unusual certificate');
    certificateOfChain(Buffer.from(certificate, 'base64'));
  }
}

function certificateOfChain(der: Buffer): void {
  try {
    certificateOf(der);
  } catch (cause) {
    throw new UnprovenKeyError('JWK with an unusual certificate', { cause });
  }
}
