import { Failure } from '@bailiff/contract';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** Longest time for which a key is trusted without asking its issuer again, and so how long a withdrawn one still counts. */
export const KEY_AGE_MAX_MS = 10 * 60_000;

/** Pause between two loads that tokens can cause: by naming a key that is not there, or while loading fails. */
export const KEY_COOLDOWN_MS = 30_000;

/** How long a load may take. */
const LOAD_TIMEOUT_MS = 5_000;

/** Most keys in a set. */
const KEYS_MAX = 100;

/** Longest answer of an issuer. */
const KEY_SET_BYTES_MAX = 262_144;

export interface KeySourceOptions {
  /** Gives a JSON Web Key Set, however it comes. */
  readonly load: (signal: AbortSignal) => Promise<unknown>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Ends a load that is under way. */
  readonly signal: AbortSignal;
}

/**
 * Finds the key of a token in a set that is loaded when first needed, again when it is old, and again when a token names a
 * key that is not in it (rotation), then at most once in the cooldown. One load serves everyone who waits for it.
 * @throws Failure `not_ready` when no fresh set can be had: a token is never checked with keys that may be withdrawn.
 */
export function createKeySource({ load, clock, signal }: KeySourceOptions): JWTVerifyGetKey {
  let keys: { readonly find: JWTVerifyGetKey; readonly loadedAtMs: number } | undefined;
  let attemptedAtMs = Number.NEGATIVE_INFINITY;
  let lastFault: unknown;
  let loading: Promise<void> | undefined;

  const isPast = (instantMs: number, durationMs: number): boolean =>
    Math.abs(clock() - instantMs) >= durationMs;

  async function reload(): Promise<void> {
    attemptedAtMs = clock();
    try {
      const loaded = await load(AbortSignal.any([signal, AbortSignal.timeout(LOAD_TIMEOUT_MS)]));
      keys = { find: createLocalJWKSet(keySetOf(loaded)), loadedAtMs: clock() };
      lastFault = undefined;
    } catch (thrown) {
      lastFault = thrown;
    }
  }

  async function refresh(): Promise<void> {
    if (loading === undefined && (lastFault === undefined || isPast(attemptedAtMs, KEY_COOLDOWN_MS)))
      loading = reload().finally(() => {
        loading = undefined;
      });
    await loading;
    if (lastFault !== undefined)
      throw new Failure('not_ready', 'The keys of the token’s issuer cannot be had at present.', {
        cause: lastFault,
      });
  }

  return async (header, token) => {
    if (keys === undefined || isPast(keys.loadedAtMs, KEY_AGE_MAX_MS)) await refresh();
    try {
      if (keys === undefined) throw new errors.JWKSNoMatchingKey();
      return await keys.find(header, token);
    } catch (thrown) {
      if (!(thrown instanceof errors.JWKSNoMatchingKey) || keys === undefined) throw thrown;
      if (loading === undefined && !isPast(attemptedAtMs, KEY_COOLDOWN_MS)) throw thrown;
      await refresh();
      return keys.find(header, token);
    }
  };
}

/** Fetches a key set: no redirects, bounded, 200 and JSON or nothing. */
export async function fetchKeySet(
  url: string,
  get: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<unknown> {
  const headers = { accept: 'application/jwk-set+json, application/json' };
  const response = await get(url, { redirect: 'error', headers, signal });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Error(`the issuer answered ${response.status} when asked for its keys`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.length;
    if (bytes > KEY_SET_BYTES_MAX)
      throw new Error(`the issuer’s keys are more than ${KEY_SET_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
}

/** @throws Error for anything but a bounded set of keys without private parts. */
export function keySetOf(value: unknown): JSONWebKeySet {
  const keys = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined;
  if (!Array.isArray(keys) || keys.length > KEYS_MAX)
    throw new Error(`it is no set of at most ${KEYS_MAX} keys, as {"keys": […]}`);
  for (const key of keys)
    if (typeof key !== 'object' || key === null || 'd' in key || 'k' in key)
      throw new Error('it holds something that is no public key');
  return { keys };
}
