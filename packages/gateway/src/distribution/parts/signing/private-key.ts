import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Failure, type TrustedKey } from '@bailiff/contract';
import { keyKindFault } from './trusted-keys.ts';

/** A private key to sign with, and what verifiers know it by. */
export interface SigningKey {
  readonly id: string;
  readonly algorithm: TrustedKey['algorithm'];
  /** Private key in PEM: PKCS#8, or what `openssl ecparam` and `genrsa` write. Not encrypted. */
  readonly file: string;
}

/**
 * Reads a private key and holds it against its algorithm.
 * @throws Failure `bad_request` that says what is wrong with it.
 */
export async function privateKeyOf({ file, algorithm }: SigningKey): Promise<KeyObject> {
  const key = await readPrivateKey(file);
  const fault = keyKindFault(key, algorithm);
  if (fault !== undefined) throw new Failure('bad_request', `The key in ${file} ${fault}.`);
  return key;
}

/**
 * The algorithm that goes with a private key where nobody says: by its kind and curve, RS256 for any RSA key.
 * @throws Failure `bad_request` when there is none, or the key cannot be read.
 */
export async function usualAlgorithm(file: string): Promise<TrustedKey['algorithm']> {
  const key = await readPrivateKey(file);
  const usual = (['ES256', 'ES384', 'RS256'] as const).find(
    (algorithm) => keyKindFault(key, algorithm) === undefined,
  );
  if (usual !== undefined) return usual;
  throw new Failure('bad_request', `The key in ${file} ${keyKindFault(key, 'ES256')}.`);
}

async function readPrivateKey(file: string): Promise<KeyObject> {
  let pem: Buffer;
  try {
    pem = await readFile(file);
  } catch (cause) {
    throw new Failure('bad_request', `The key ${file} cannot be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    const detail = `The file ${file} holds no private key in PEM without a passphrase. Make one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out KEY`;
    throw new Failure('bad_request', detail, { cause });
  }
}
