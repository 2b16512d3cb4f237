import type { KeyObject } from 'node:crypto';
import { UnprovenKeyError } from './unproven-key-error.ts';

/** A key that signatures are verified with. */
export interface VerificationKey {
  /** '' when the key does not name an algorithm or an id. */
  readonly alg: string;
  readonly kid: string;
  readonly material: KeyMaterial;
}

/** What a key is made of. A key of another kind verifies nothing. */
export type KeyMaterial =
  | { readonly kind: 'rsa' | 'ed25519'; readonly key: KeyObject }
  | { readonly kind: 'ec'; readonly key: KeyObject; readonly bytes: number }
  | { readonly kind: 'secret'; readonly secret: Buffer }
  | { readonly kind: 'other' };

/** What a key is made of. @throws {UnprovenKeyError} for kinds that Go may read otherwise. */
export function materialOf(key: KeyObject): KeyMaterial {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return rsaMaterial(key);
    case 'ec':
      return ecMaterial(key);
    case 'ed25519':
      return { kind: 'ed25519', key };
    case 'x25519':
      return { kind: 'other' };
    default:
      throw new UnprovenKeyError(`key of type ${key.asymmetricKeyType ?? ''}`);
  }
}

/** Go refuses to verify with other exponents; those it is asked to verify with in practice are all of these. */
export function rsaMaterial(key: KeyObject): KeyMaterial {
  const exponent = key.asymmetricKeyDetails?.publicExponent ?? 0n;
  if (exponent < 3n || exponent > 0x7fff_ffffn || exponent % 2n === 0n)
    throw new UnprovenKeyError('RSA key with an unusual exponent');
  return { kind: 'rsa', key };
}

/** Bytes of a coordinate, by OpenSSL's name of the curve. */
const CURVES: ReadonlyMap<string, number> = new Map([
  ['prime256v1', 32],
  ['secp384r1', 48],
  ['secp521r1', 66],
]);

/** Bits of a point are told without compression, which is the only way Go reads. */
export function ecMaterial(key: KeyObject): KeyMaterial {
  const bytes = CURVES.get(key.asymmetricKeyDetails?.namedCurve ?? '');
  if (bytes === undefined) throw new UnprovenKeyError('key of an unusual curve');
  const spki = key.export({ type: 'spki', format: 'der' });
  if (spki[spki.length - 2 * bytes - 1] !== 0x04) throw new UnprovenKeyError('compressed point');
  return { kind: 'ec', key, bytes };
}

/** A key, where Node takes it; whether Go would not is left open where it does not. */
export function importKey(action: () => KeyObject): KeyObject {
  try {
    return action();
  } catch (cause) {
    throw new UnprovenKeyError('key that cannot be read', { cause });
  }
}
