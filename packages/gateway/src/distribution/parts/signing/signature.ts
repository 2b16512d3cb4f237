import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import type { Reading } from '../../sources/document.ts';
import { quoted } from '../part-paths.ts';
import { type Refused, refused } from '../refusal.ts';
import { keyFault, type PartKey, type PartKeys } from './trusted-keys.ts';

/** Where OPA keeps the signature of a bundle. */
export const SIGNATURES_FILE = '.signatures.json';

/** Longest `.signatures.json` that is read. Some 200 bytes stand in it for each file. */
const SIGNATURES_BYTES_MAX = 1_048_576;

/** A signature that holds: who made it, until when, and what of. */
export interface Signature {
  readonly keyId: string;
  readonly algorithm: string;
  /** Empty where the signature names none. */
  readonly author: string;
  /** Digest of what ships, where the signature states it. */
  readonly digest: string | undefined;
  readonly issuedAtMs: number | undefined;
  readonly expiresAtMs: number | undefined;
  /** Path of each signed file, as it is signed, to its hash as OPA makes it. */
  readonly files: ReadonlyMap<string, string>;
}

/** Whose signatures count, and when. */
export interface SignatureRules {
  readonly keys: PartKeys;
  /** Ids of those among `keys` that may sign this bundle. */
  readonly signingKeys: readonly string[];
  readonly nowMs: number;
  /** The bundle’s, for findings. */
  readonly name: string;
}

const Seconds = z.number().min(0).max(1e11);

/** OPA’s claims, and those of ours that OPA carries along. Others mean nothing here. */
const Claims = z.looseObject({
  files: z
    .array(
      z.strictObject({
        name: z.string(),
        hash: z.string().regex(/^[0-9a-f]{64}$/),
        algorithm: z.literal('SHA-256'),
      }),
    )
    .min(1)
    .max(2_000),
  keyid: z.string().optional(),
  scope: z.string().optional(),
  exp: Seconds.optional(),
  nbf: Seconds.optional(),
  iat: Seconds.optional(),
  author: z.string().max(200).optional(),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
type Claims = z.infer<typeof Claims>;

/** The one token of `.signatures.json`. OPA takes only one as well. */
export function readToken(bytes: Uint8Array, name: string): Reading<string> {
  const file = `${name}/${SIGNATURES_FILE}`;
  const mend = 'Sign the bundle again with `./bailiff bundle sign`.';
  if (bytes.length > SIGNATURES_BYTES_MAX)
    return refused(file, 'signature_invalid', { detail: `It has ${bytes.length} bytes.`, mend });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return refused(file, 'signature_invalid', { detail: 'It is not JSON in UTF-8.', mend });
  }
  const read = z.strictObject({ signatures: z.array(z.string()) }).safeParse(value);
  const [token, second] = read.data?.signatures ?? [];
  if (token === undefined)
    return refused(file, 'signature_invalid', { detail: 'It holds no signature.', mend });
  if (second !== undefined) {
    const detail = 'It holds several signatures; one is taken, as by OPA.';
    return refused(file, 'signature_invalid', { detail, mend });
  }
  return { kind: 'read', value: token };
}

/**
 * The signature that a token holds, made by a key that is registered for this bundle, is within its time and is named by the token
 * itself. Nothing of the token is believed before a registered key has confirmed it, by the algorithm of its registration.
 */
export async function verifySignature(token: string, rules: SignatureRules): Promise<Reading<Signature>> {
  const { keys, signingKeys, nowMs, name } = rules;
  const file = `${name}/${SIGNATURES_FILE}`;
  const named: string[] = [];
  for (const id of signingKeys) {
    const key = keys.get(id);
    if (key === undefined) continue;
    const payload = await payloadOf(token, key);
    if (payload === undefined) continue;
    const claims = claimsOf(payload);
    if (claims === undefined) {
      const detail = 'What is signed is not what OPA signs.';
      return refused(file, 'signature_invalid', { detail, mend: 'Sign it with `./bailiff bundle sign`.' });
    }
    if (keyIdOf(token, claims) !== id) {
      // Another id may be registered for the same key.
      named.push(id);
      continue;
    }
    const fault = keyFault(key, nowMs);
    if (fault !== undefined) {
      const mend = 'Sign the bundle again with a key that is valid.';
      return refused(file, 'signature_key_expired', { detail: `The key \`${id}\` ${fault}.`, mend });
    }
    return signatureOf(claims, { id, algorithm: key.algorithm }, rules);
  }
  return named.length > 0 ? unnamed(file, named) : unknown(file, token, signingKeys);
}

/** What a token says of itself, whether or not it is true; undefined where it says nothing of the kind. */
export function claimedSignature(token: string): Omit<Signature, 'files' | 'digest'> | undefined {
  try {
    const { alg = '' } = decodeProtectedHeader(token);
    const { exp, iat, author, keyid } = decodeJwt(token) as Record<string, unknown>;
    return {
      keyId: keyIdOf(token, { keyid }) ?? '',
      algorithm: alg,
      author: typeof author === 'string' ? author : '',
      issuedAtMs: milliseconds(Seconds.safeParse(iat).data),
      expiresAtMs: milliseconds(Seconds.safeParse(exp).data),
    };
  } catch {
    return undefined;
  }
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}

async function payloadOf(token: string, { publicKey, algorithm }: PartKey): Promise<Uint8Array | undefined> {
  try {
    return (await compactVerify(token, publicKey, { algorithms: [algorithm] })).payload;
  } catch {
    return undefined;
  }
}

function claimsOf(payload: Uint8Array): Claims | undefined {
  try {
    return Claims.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))).data;
  } catch {
    return undefined;
  }
}

/** The key that a token names, in its header or in OPA’s older claim; undefined where it names none, or two. */
function keyIdOf(token: string, { keyid }: { readonly keyid?: unknown }): string | undefined {
  const { kid } = decodeProtectedHeader(token);
  const ids = new Set([kid, keyid].filter((id) => typeof id === 'string' && id !== ''));
  const [id] = ids;
  return ids.size === 1 && typeof id === 'string' ? id : undefined;
}

function signatureOf(
  claims: Claims,
  { id, algorithm }: { readonly id: string; readonly algorithm: string },
  { nowMs, name }: SignatureRules,
): Reading<Signature> {
  const file = `${name}/${SIGNATURES_FILE}`;
  const { exp, nbf, iat, scope = '', author = '', digest } = claims;
  if (exp !== undefined && nowMs >= exp * 1_000) {
    const detail = `The signature expired at ${instant(exp)}.`;
    return refused(file, 'signature_expired', { detail, mend: 'Sign the bundle again.' });
  }
  if (nbf !== undefined && nowMs < nbf * 1_000) {
    const detail = `The signature is not valid before ${instant(nbf)}.`;
    return refused(file, 'signature_expired', { detail, mend: 'Wait until then, or sign the bundle again.' });
  }
  if (scope !== '') {
    const detail = `The signature is for the scope ${quoted(scope)}, and bundles have none.`;
    return refused(file, 'signature_invalid', { detail, mend: 'Sign it without the claim `scope`.' });
  }
  const files = new Map(claims.files.map((signed) => [signed.name, signed.hash]));
  if (files.size !== claims.files.length) {
    const detail = 'The signature names a file twice.';
    return refused(file, 'signature_invalid', { detail, mend: 'Sign the bundle again.' });
  }
  return {
    kind: 'read',
    value: {
      keyId: id,
      algorithm,
      author,
      digest,
      issuedAtMs: milliseconds(iat),
      expiresAtMs: milliseconds(exp),
      files,
    },
  };
}

function instant(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

function unnamed(file: string, ids: readonly string[]): Refused {
  const detail = `The signature is by ${list(ids)} and does not name that key alone.`;
  const mend = 'Sign it with `./bailiff bundle sign --key-id`, or with OPA and a claim `keyid`.';
  return refused(file, 'signature_key_missing', { detail, mend });
}

function unknown(file: string, token: string, ids: readonly string[]): Refused {
  const { keyId = '', algorithm = '' } = claimedSignature(token) ?? {};
  const said = keyId === '' ? 'It names no key' : `It says that it is by ${quoted(keyId)}`;
  const registered = ids.length === 0 ? 'none is registered' : `registered is ${list(ids)}`;
  const detail = `The signature holds with no key that may sign this bundle. ${said}, with ${quoted(algorithm)}; ${registered}.`;
  const mend =
    'Sign it with a registered key, or name its key under `signing_keys` and `keys` in release.yaml.';
  return refused(file, 'signature_unknown', { detail, mend });
}

function list(ids: readonly string[]): string {
  return ids.map((id) => quoted(id)).join(', ');
}
