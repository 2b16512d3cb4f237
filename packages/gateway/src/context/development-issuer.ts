import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHAIN_MAX, Failure, type Permission } from '@bailiff/contract';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { z } from 'zod';

/** The issuer of tokens that `./bailiff token` makes. No configured issuer may have this name. */
export const DEVELOPMENT_ISSUER = 'bailiff-development';

/** Whom those tokens are for. */
export const DEVELOPMENT_AUDIENCE = 'bailiff';

/** Longest life of such a token. The gateway refuses longer ones, whoever made them. */
export const DEVELOPMENT_LIFETIME_MAX_SECONDS = 12 * 3_600;

const ALGORITHM = 'ES256';

/** The pair as it stands in the data folder. */
const KeyFile = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
});

/** Who a development token speaks for. */
export interface DevelopmentClaims {
  readonly agentId: string;
  /** Empty when the agent acts for nobody. */
  readonly userId: string;
  /** Empty when it names none. */
  readonly agentVersion: string;
  /** Agents that delegated, outermost first. */
  readonly chain: readonly string[];
  /** Empty when it names none. */
  readonly conversation: string;
  readonly permissions: readonly Permission[];
  readonly lifetimeSeconds: number;
}

/**
 * A signed token of the development issuer, whose key is made if there is none.
 * @throws Failure `bad_request` for a lifetime out of bounds, or a chain that no gateway would accept.
 */
export async function issueDevelopmentToken(
  claims: DevelopmentClaims,
  dataDirectory: string,
  clock: () => number,
): Promise<string> {
  const { lifetimeSeconds, chain } = claims;
  if (!(lifetimeSeconds >= 1 && lifetimeSeconds <= DEVELOPMENT_LIFETIME_MAX_SECONDS))
    throw new Failure('bad_request', 'A token lives between one second and 12 hours.');
  if (chain.length > CHAIN_MAX || chain.includes(''))
    throw new Failure('bad_request', `A chain has ${CHAIN_MAX} agents at most, each with its name.`);
  const key = await developmentKey(dataDirectory);
  const issuedAtS = Math.floor(clock() / 1_000);
  const present = <T>(name: string, value: T, isPresent: boolean) => (isPresent ? { [name]: value } : {});
  return new SignJWT({
    azp: claims.agentId,
    ...present('sub', claims.userId, claims.userId !== ''),
    ...present('agent_version', claims.agentVersion, claims.agentVersion !== ''),
    ...present('agent_chain', chain, chain.length > 0),
    ...present('conversation', claims.conversation, claims.conversation !== ''),
    ...present('bailiff_permissions', claims.permissions, claims.permissions.length > 0),
  })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid: key.kid })
    .setIssuer(DEVELOPMENT_ISSUER)
    .setAudience(DEVELOPMENT_AUDIENCE)
    .setJti(randomUUID())
    .setIssuedAt(issuedAtS)
    .setNotBefore(issuedAtS)
    .setExpirationTime(issuedAtS + Math.floor(lifetimeSeconds))
    .sign(key);
}

/** The public half as a key set, for verifying. The pair is made if there is none. */
export async function developmentKeySet(dataDirectory: string): Promise<{ readonly keys: readonly JWK[] }> {
  const { d: _private, ...publicKey } = await developmentKey(dataDirectory);
  return { keys: [{ ...publicKey, alg: ALGORITHM, use: 'sig' }] };
}

/** Made by whoever comes first, gateway or command line, and never written over. */
async function developmentKey(dataDirectory: string): Promise<z.infer<typeof KeyFile>> {
  const file = join(dataDirectory, 'development-issuer.json');
  try {
    return await readKey(file);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
  }
  await mkdir(dataDirectory, { recursive: true });
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const key = await exportJWK(privateKey);
  const whole = { ...key, kid: await calculateJwkThumbprint(key) };
  // Written aside and linked, so that nobody reads half a key and of two who make one at once only the first counts.
  const aside = `${file}.${randomUUID()}`;
  await writeFile(aside, `${JSON.stringify(whole)}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(aside, file);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  } finally {
    await unlink(aside);
  }
  return readKey(file);
}

async function readKey(file: string): Promise<z.infer<typeof KeyFile>> {
  const { mode } = await stat(file);
  const refuse = (problem: string, cause?: unknown): never => {
    throw new Failure('configuration_invalid', `${file}: ${problem}`, { cause });
  };
  if ((mode & 0o077) !== 0) refuse('Others may read this private key. Run chmod 600 on it, or delete it.');
  const text = await readFile(file, 'utf8');
  try {
    return KeyFile.parse(JSON.parse(text));
  } catch {
    return refuse('This is not the key of the development issuer. Delete it: another one is made.'); // the cause would quote it
  }
}
