import { createPublicKey, type KeyObject } from 'node:crypto';
import type { TrustedKey } from '@bailiff/contract';
import type { Finding } from '../../finding.ts';
import type { Reading } from '../../sources/document.ts';
import { FILE_BYTES_MAX, type SourceTree } from '../../sources/folder.ts';
import { type Refused, refused } from '../refusal.ts';

/** A public key of the registry, read and of the kind that its algorithm asks for. */
export interface PartKey extends TrustedKey {
  readonly publicKey: KeyObject;
}

/** Public keys by their ids. */
export type PartKeys = ReadonlyMap<string, PartKey>;

/** Reads the public keys that `release.yaml` names. `tree` is the folder it lies in. */
export async function readTrustedKeys(
  keys: Readonly<Record<string, TrustedKey>>,
  tree: SourceTree,
): Promise<Reading<PartKeys>> {
  const read = new Map<string, PartKey>();
  const findings: Finding[] = [];
  for (const [id, key] of Object.entries(keys)) {
    const pem = await tree.text(key.file, FILE_BYTES_MAX);
    const publicKey = pem.kind === 'read' ? publicKeyOf(pem.value, key, tree.nameOf(key.file)) : pem;
    if (publicKey.kind === 'refused') findings.push(...publicKey.findings);
    else read.set(id, { ...key, publicKey: publicKey.value });
  }
  return findings.length > 0 ? { kind: 'refused', findings } : { kind: 'read', value: read };
}

function publicKeyOf(
  pem: string,
  { algorithm }: TrustedKey,
  file: string,
): { readonly kind: 'read'; readonly value: KeyObject } | Refused {
  // It would be read as its public half, and lie where everybody looks.
  if (pem.includes('PRIVATE KEY'))
    return refused(file, 'key_private', {
      detail: 'The file holds a private key.',
      mend: 'Keep it to whoever signs, and name its public half: openssl pkey -in KEY -pubout.',
    });
  const mend = 'Name a public key in PEM, and the algorithm that it is for.';
  try {
    const value = createPublicKey(pem);
    const fault = keyKindFault(value, algorithm);
    return fault === undefined
      ? { kind: 'read', value }
      : refused(file, 'key_invalid', { detail: `The key ${fault}.`, mend });
  } catch {
    return refused(file, 'key_invalid', { detail: 'The file holds no public key.', mend });
  }
}

/** Why a key cannot be used with an algorithm, as the end of a sentence; undefined when it can. */
export function keyKindFault(key: KeyObject, algorithm: TrustedKey['algorithm']): string | undefined {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const kind = [key.asymmetricKeyType, namedCurve].filter((part) => part !== undefined).join(' ');
  if (kind !== KINDS[algorithm]) return `is of kind ${kind}, and ${algorithm} takes ${KINDS[algorithm]}`;
  if (kind === 'rsa' && modulusLength < RSA_BITS_MIN)
    return `has ${modulusLength} bits, and ${algorithm} takes ${RSA_BITS_MIN} or more`;
  return undefined;
}

const KINDS: Readonly<Record<TrustedKey['algorithm'], string>> = {
  ES256: 'ec prime256v1',
  ES384: 'ec secp384r1',
  RS256: 'rsa',
  PS256: 'rsa',
};

const RSA_BITS_MIN = 2_048;

/** Why a key does not count at an instant, as the end of a sentence; undefined when it does. */
export function keyFault({ not_before, expires_at }: TrustedKey, nowMs: number): string | undefined {
  if (not_before !== undefined && nowMs < Date.parse(not_before)) return `is not valid before ${not_before}`;
  if (expires_at !== undefined && nowMs >= Date.parse(expires_at)) return `expired at ${expires_at}`;
  return undefined;
}
