import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { BuiltinError } from '../../builtin.ts';
import { isAlgorithm } from '../algorithms.ts';
import { certificateOf } from './certificate.ts';
import {
  ecMaterial,
  importKey,
  type KeyMaterial,
  rsaMaterial,
  type VerificationKey,
} from './key-material.ts';
import { UnprovenKeyError } from './unproven-key-error.ts';

type Fields = Readonly<Record<string, unknown>>;

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
  const source = fieldsOf(parse(text));
  if (!Object.hasOwn(source, 'keys')) {
    refuseType(source);
    return keyOf(source);
  }
  const { keys } = source;
  if (!Array.isArray(keys) || keys.length > KEYS_MAX) throw new UnprovenKeyError('set of keys');
  return keys.flatMap((key) => keyOf(fieldsOf(key)));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnprovenKeyError('text that is neither PEM nor JSON', { cause });
  }
}

function fieldsOf(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new UnprovenKeyError('JWK that is no object');
}

const TYPES = ['RSA', 'EC', 'oct', 'OKP', 'AKP'];

function refuseType({ kty: type }: Fields): void {
  if (typeof type !== 'string' || type === '' || TYPES.includes(type)) return;
  throw new BuiltinError(
    'failed to parse a JWK key (set): jwk.ParseString: failed to parse string: jwk.Parse: ' +
      `failed to parse sole key: jwk.ParseKey: invalid key type from JSON (${type})`,
  );
}

/** A key, or none where it is for something else than signatures. */
function keyOf(fields: Fields): readonly VerificationKey[] {
  if (Object.hasOwn(fields, 'd')) throw new UnprovenKeyError('private JWK');
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
