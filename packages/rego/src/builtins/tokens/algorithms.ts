import { constants, createHmac, timingSafeEqual, verify } from 'node:crypto';
import type { KeyMaterial } from './keys/key-material.ts';

/** How signatures are made. */
export interface Algorithm {
  readonly family: 'hmac' | 'pkcs1' | 'pss' | 'ecdsa' | 'eddsa';
  /** OpenSSL's name; '' for EdDSA, which has its own. */
  readonly hash: string;
}

const FAMILIES = { HS: 'hmac', RS: 'pkcs1', PS: 'pss', ES: 'ecdsa' } as const;

/** Names that OPA's library has for the same algorithms and takes from a token's header as well. */
const LIBRARY_NAMES = {
  HS: 'HMAC_WITH_SHA',
  RS: 'RSA_PKCS1v15_WITH_SHA',
  PS: 'RSA_PSS_WITH_SHA',
  ES: 'ECDSA_WITH_P',
} as const;

const ALGORITHMS = new Map<string, Algorithm>([['EdDSA', { family: 'eddsa', hash: '' }]]);
const HEADER_ALGORITHMS = new Map<string, Algorithm>([['Ed25519', { family: 'eddsa', hash: '' }]]);

for (const [prefix, family] of Object.entries(FAMILIES) as [keyof typeof FAMILIES, Algorithm['family']][]) {
  for (const bits of ['256', '384', '512']) {
    const algorithm = { family, hash: `sha${bits}` };
    ALGORITHMS.set(`${prefix}${bits}`, algorithm);
    const curve = prefix === 'ES' ? `${bits === '512' ? '521' : bits}_AND_SHA` : '';
    HEADER_ALGORITHMS.set(`${LIBRARY_NAMES[prefix]}${curve}${bits}`, algorithm);
  }
}

/** Whether OPA takes keys of this algorithm. */
export function isAlgorithm(name: string): boolean {
  return ALGORITHMS.has(name);
}

/** What is signed and how. */
export interface Signed {
  readonly text: Buffer;
  readonly signature: Buffer;
}

/** Whether a signature of a header's algorithm is good, as `io.jwt.decode_verify` says. Unknown algorithms have none. */
export function verifyByName(name: string, material: KeyMaterial, signed: Signed): boolean {
  const algorithm = ALGORITHMS.get(name) ?? HEADER_ALGORITHMS.get(name);
  if (algorithm === undefined) return false;
  if (
    algorithm.family === 'ecdsa' &&
    material.kind === 'ec' &&
    signed.signature.length !== material.bytes * 2
  )
    return false;
  // The length of the salt is that of the hash.
  return verifySignature(algorithm, material, signed, constants.RSA_PSS_SALTLEN_DIGEST);
}

/** Go refuses to verify with shorter RSA keys. */
const RSA_BITS_MIN = 1_024;

/** Whether a signature is good. Keys of the wrong kind verify nothing. */
export function verifySignature(
  algorithm: Algorithm,
  material: KeyMaterial,
  { text, signature }: Signed,
  saltLength: number = constants.RSA_PSS_SALTLEN_AUTO,
): boolean {
  const { family, hash } = algorithm;
  switch (family) {
    case 'hmac':
      return material.kind === 'secret' && verifyHmac(hash, material.secret, { text, signature });
    case 'pkcs1':
    case 'pss': {
      if (material.kind !== 'rsa') return false;
      const { key } = material;
      if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < RSA_BITS_MIN) return false;
      const padding = family === 'pss' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
      return verify(hash, text, { key, padding, ...(family === 'pss' ? { saltLength } : {}) }, signature);
    }
    case 'ecdsa':
      return material.kind === 'ec' && verifyEcdsa(hash, material, { text, signature });
    case 'eddsa':
      return material.kind === 'ed25519' && verify(null, text, material.key, signature);
  }
}

/** Whether a message has this code. */
export function verifyHmac(hash: string, secret: Buffer, { text, signature }: Signed): boolean {
  const expected = createHmac(hash, secret).update(text).digest();
  return expected.length === signature.length && timingSafeEqual(expected, signature);
}

/** The two halves of a signature are numbers of any length. */
function verifyEcdsa(
  hash: string,
  { key, bytes }: Extract<KeyMaterial, { kind: 'ec' }>,
  { text, signature }: Signed,
): boolean {
  const half = Math.floor(signature.length / 2);
  const r = toLength(signature.subarray(0, half), bytes);
  const s = toLength(signature.subarray(half), bytes);
  if (r === undefined || s === undefined) return false;
  return verify(hash, text, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat([r, s]));
}

/** A number with as many bytes as given, or undefined when it has more. */
function toLength(number: Buffer, bytes: number): Buffer | undefined {
  const excess = number.length - bytes;
  if (excess <= 0) return Buffer.concat([Buffer.alloc(-excess), number]);
  return number.subarray(0, excess).every((byte) => byte === 0) ? number.subarray(excess) : undefined;
}
