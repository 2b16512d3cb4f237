import { createPublicKey } from 'node:crypto';
import { BuiltinError } from '../../builtin.ts';
import { certificateOf } from './certificate.ts';
import { jwkKeysOf } from './jwk.ts';
import { importKey, type KeyMaterial, materialOf, type VerificationKey } from './key-material.ts';
import { UnprovenKeyError } from './unproven-key-error.ts';

/** Texts of keys that were read; as many as OPA keeps. */
const KEPT_MAX = 100;
/** Characters of a text that is kept. */
const KEPT_LENGTH_MAX = 65_536;

const kept = new Map<string, readonly VerificationKey[]>();

/**
 * The keys of a PEM certificate, a PEM public key, a JWK or a set of them.
 * @throws {BuiltinError} with OPA's texts where OPA is known to refuse the text.
 * @throws {UnprovenKeyError} where it is not known what OPA makes of it.
 */
export function keysOf(text: string): readonly VerificationKey[] {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const keys = readKeys(text);
  if (text.length > KEPT_LENGTH_MAX) return keys;
  if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value as string);
  kept.set(text, keys);
  return keys;
}

/** The first block of PEM, without headers, after lines of anything. */
const PEM_BLOCK =
  /^-----BEGIN ([A-Z0-9 ]*)-----[ \t]*\r?\n([A-Za-z0-9+/=\s]*?)\r?\n-----END \1-----[ \t\r]*(?:\n|$)/m;

function readKeys(text: string): readonly VerificationKey[] {
  if (!text.includes('-----BEGIN')) return jwkKeysOf(text);
  const block = PEM_BLOCK.exec(text);
  if (block === null) throw new UnprovenKeyError('PEM that is not plain');
  const [whole, type = '', body = ''] = block;
  const base64 = body.replace(/\s/g, '');
  const isBase64 = base64.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(base64);
  const before = text.slice(0, block.index);
  if (!isBase64 || before.includes('-----')) throw new UnprovenKeyError('PEM that is not plain');
  if (block.index + whole.length < text.length)
    throw new BuiltinError('extra data after a PEM certificate block');
  const der = Buffer.from(base64, 'base64');
  if (type === 'CERTIFICATE')
    return [{ alg: '', kid: '', material: materialOf(certificateOf(der).publicKey) }];
  if (type === 'PUBLIC KEY') return [{ alg: '', kid: '', material: publicKeyOf(der) }];
  throw new BuiltinError('failed to extract a Key from the PEM certificate');
}

function publicKeyOf(der: Buffer): KeyMaterial {
  const key = importKey(() => createPublicKey({ key: der, format: 'der', type: 'spki' }));
  // What is not written in the one canonical way may be refused by Go.
  if (!key.export({ type: 'spki', format: 'der' }).equals(der))
    throw new UnprovenKeyError('public key that is not canonical');
  return materialOf(key);
}
