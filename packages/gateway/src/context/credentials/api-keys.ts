import { hash, timingSafeEqual } from 'node:crypto';
import { type ApiKeyConfiguration, Failure, type Principal } from '@bailiff/contract';
import type { z } from 'zod';

type ApiKey = z.infer<typeof ApiKeyConfiguration>;

/** Every API key begins with it, so that a leaked one is recognised by people and by secret scanners. */
export const API_KEY_PREFIX = 'blf_';

/** Random bytes in a key. */
const KEY_BYTES = 32;

/** The issuer of principals that present an API key; no issuer of tokens may have this name. */
export const API_KEY_ISSUER = 'api_keys';

/** A key as it is made: 256 random bits in base64url. Anything else cannot be a key, whatever its hash. */
const API_KEY = /^blf_[A-Za-z0-9_-]{43}$/;

/** Words that people put where a key belongs; the empty one is an unset variable. */
const WEAK_WORDS = [
  '',
  'admin',
  'apikey',
  'bailiff',
  'change-me',
  'changeme',
  'default',
  'key',
  'letmein',
  'password',
  'secret',
  'test',
  'token',
  '123456',
];

/** A new key out of 32 random bytes, and what the configuration stores of it. */
export function newApiKey(random: (bytes: number) => Buffer): {
  readonly key: string;
  readonly sha256: string;
} {
  const key = `${API_KEY_PREFIX}${random(KEY_BYTES).toString('base64url')}`;
  return { key, sha256: hash('sha256', key) };
}

/**
 * Gives the principal of a presented key. Every configured hash is compared in constant time, whichever matches.
 * @throws Failure `configuration_invalid` at once for an entry that is weak or not unique; `unauthenticated` from the
 * returned function for a key that is unknown, malformed or expired.
 */
export function createApiKeys(
  keys: readonly ApiKey[],
  clock: () => number,
): (presented: string) => Principal {
  refuseUnsafeKeys(keys);
  const entries = keys.map((key) => ({
    digest: Buffer.from(key.sha256, 'hex'),
    expiresAtMs: key.expires_at === undefined ? Number.POSITIVE_INFINITY : Date.parse(key.expires_at),
    principal: principalOf(key),
  }));
  return (presented) => {
    if (!API_KEY.test(presented)) throw new Failure('unauthenticated', 'The API key is malformed.');
    const digest = hash('sha256', presented, 'buffer');
    let found: (typeof entries)[number] | undefined;
    for (const entry of entries) if (timingSafeEqual(entry.digest, digest)) found = entry;
    if (found === undefined) throw new Failure('unauthenticated', 'The API key is not known here.');
    if (clock() >= found.expiresAtMs) throw new Failure('unauthenticated', 'The API key has expired.');
    return found.principal;
  };
}

function principalOf(key: ApiKey): Principal {
  return {
    agentId: key.agent,
    agentVersion: key.agent_version,
    chain: key.chain,
    userId: key.user,
    authMethod: 'api_key',
    credentialId: key.id,
    issuer: API_KEY_ISSUER,
    permissions: new Set(key.permissions),
    conversation: '',
  };
}

function refuseUnsafeKeys(keys: readonly ApiKey[]): void {
  const weak = new Set(
    WEAK_WORDS.flatMap((word) => [word, API_KEY_PREFIX + word]).map((word) => hash('sha256', word)),
  );
  const ids = new Set<string>();
  const hashes = new Set<string>();
  keys.forEach(({ id, sha256 }, index) => {
    const refuse = (field: string, problem: string): never => {
      throw new Failure(
        'configuration_invalid',
        `identity.api_keys.${index}.${field}: ${problem} Make a key with ./bailiff key.`,
      );
    };
    if (weak.has(sha256) || /^(.)\1*$/.test(sha256))
      refuse('sha256', 'It is the hash of a word that anyone would try.');
    if (hashes.has(sha256))
      refuse('sha256', 'Another entry has the same key, so it would name two principals.');
    if (ids.has(id)) refuse('id', 'Another entry has the same id, so records could not tell them apart.');
    hashes.add(sha256);
    ids.add(id);
  });
}
