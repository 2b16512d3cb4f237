import { hash } from 'node:crypto';
import { Failure, type IssuerConfiguration, type Principal } from '@bailiff/contract';
import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import { principalOfClaims } from './claims.ts';
import { KEY_AGE_MAX_MS } from './key-source.ts';

/** Longest token that is looked at, in characters. */
export const TOKEN_CHARACTERS_MAX = 16_384;

/** Most verified tokens that are remembered. */
const VERIFIED_MAX = 10_000;

/** How far an issuer’s clock may be ahead of ours before its new tokens are “not yet valid”. Never lengthens a token’s life. */
const CLOCK_TOLERANCE_S = 5;

/** Types of token that name who may call. Others, as those of a logout or a proof of possession, are made for other uses. */
const TYPES: ReadonlySet<string> = new Set(['jwt', 'at+jwt']);

/** An issuer whose tokens are believed, and where its keys come from. */
export interface TrustedIssuer
  extends Pick<z.infer<typeof IssuerConfiguration>, 'issuer' | 'audience' | 'algorithms' | 'claims'> {
  readonly keys: JWTVerifyGetKey;
  /** Scopes that a token must have. */
  readonly requiredScopes: readonly string[];
  /** Address of the gateway; a token for it, or for the part of it that was called, is for us as well. */
  readonly publicUrl: string | undefined;
  /** Longest life of a token, in seconds from its `iat`, which is then required; undefined leaves it to the issuer. */
  readonly lifetimeMaxSeconds: number | undefined;
}

/** A token that was verified, and what it is for. */
interface Verified {
  readonly principal: Principal;
  readonly audiences: readonly string[];
  readonly issuer: TrustedIssuer;
  readonly untilMs: number;
}

/**
 * Verifies tokens of the trusted issuers for the part of the gateway that is called, as `/mcp/github`; undefined where there is
 * none. A verified one is remembered under the SHA-256 of the whole token, never beyond its
 * `exp` and never longer than keys are trusted, so that a withdrawn key stops counting.
 * @throws Failure from the returned function: `unauthenticated`, `insufficient_scope`, or `not_ready` when the issuer’s keys
 * cannot be had.
 */
export function createTokens(
  issuers: readonly TrustedIssuer[],
  clock: () => number,
): (token: string, path?: string) => Promise<Principal> {
  const trusted = new Map(issuers.map((issuer) => [issuer.issuer, issuer]));
  const verified = new LRUCache<string, Verified>({ max: VERIFIED_MAX });
  const verify = async (token: string, digest: string): Promise<Verified> => {
    const issuer = trusted.get(issuerNamedIn(token));
    if (issuer === undefined) throw new Failure('unauthenticated', 'The token’s issuer is not trusted here.');
    const claims = await verifiedClaims(token, issuer, clock());
    const principal = principalOfClaims(claims, issuer.claims, {
      issuer: issuer.issuer,
      tokenDigest: digest,
    });
    const untilMs = Math.min(claims.exp * 1_000, clock() + KEY_AGE_MAX_MS);
    return { principal, audiences: [claims.aud ?? []].flat(), issuer, untilMs };
  };
  return async (token, path) => {
    if (token.length > TOKEN_CHARACTERS_MAX) throw new Failure('unauthenticated', 'The token is too long.');
    const digest = hash('sha256', token);
    const known = verified.get(digest);
    if (known !== undefined && clock() < known.untilMs) return principalFor(known, path);
    verified.delete(digest);
    const found = await verify(token, digest);
    verified.set(digest, found);
    return principalFor(found, path);
  };
}

/** The principal, if its token is for what it is used for. @throws Failure `unauthenticated`. */
function principalFor({ principal, audiences, issuer }: Verified, path: string | undefined): Principal {
  const isForUs =
    audiences.includes(issuer.audience) ||
    resourcesAt(issuer.publicUrl, path).some((resource) => audiences.includes(resource));
  if (isForUs) return principal;
  throw new Failure('unauthenticated', 'The token was not issued for this gateway: its audience differs.');
}

/** What a token may be for (RFC 8707) that is used at a path: the path, and whatever it lies below. */
function resourcesAt(publicUrl: string | undefined, path = ''): readonly string[] {
  if (publicUrl === undefined) return [];
  const parts = path.split('/').slice(1);
  return [publicUrl, ...parts.map((_, at) => `${publicUrl}/${parts.slice(0, at + 1).join('/')}`)];
}

/** What the token says of its issuer, before anything of it is verified: good for finding the keys, and for nothing else. */
function issuerNamedIn(token: string): string {
  try {
    return decodeJwt(token).iss ?? '';
  } catch {
    throw new Failure('unauthenticated', 'The credential is no API key and no signed token.'); // why it is none is of no use
  }
}

async function verifiedClaims(
  token: string,
  issuer: TrustedIssuer,
  nowMs: number,
): Promise<JWTPayload & { readonly exp: number }> {
  let claims: JWTPayload;
  try {
    const { payload, protectedHeader } = await jwtVerify(token, issuer.keys, {
      issuer: issuer.issuer,
      algorithms: issuer.algorithms,
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(nowMs),
      ...(issuer.lifetimeMaxSeconds === undefined ? {} : { maxTokenAge: issuer.lifetimeMaxSeconds }),
    });
    refuseOtherTypes(protectedHeader.typ);
    refuseOtherAudiences(payload.aud);
    claims = payload;
  } catch (thrown) {
    throw thrown instanceof Failure ? thrown : refusalOf(thrown);
  }
  const { exp, iat } = claims;
  // The library grants its tolerance to `exp` as well, and takes 1e400, which never passes.
  if (exp === undefined || !Number.isFinite(exp) || exp * 1_000 <= nowMs) throw refusalOf(EXPIRED);
  if (issuer.lifetimeMaxSeconds !== undefined && exp - (iat ?? 0) > issuer.lifetimeMaxSeconds)
    throw new Failure('unauthenticated', 'The token is valid for longer than tokens of its issuer may be.');
  refuseFewerScopes(claims, issuer.requiredScopes);
  return { ...claims, exp };
}

const EXPIRED = Symbol('expired');

/** Which audience it is depends on where the token is used; that it has one, or some, does not. */
function refuseOtherAudiences(audience: unknown): void {
  const all: unknown[] = [audience].flat();
  if (all.length > 0 && all.every((one) => typeof one === 'string')) return;
  throw new Failure('unauthenticated', 'The token was not issued for this gateway: its audience differs.');
}

/** RFC 8693, section 4.2, has scopes as one text; some issuers write a list, or name it `scp`. */
function refuseFewerScopes({ scope, scp }: JWTPayload, required: readonly string[]): void {
  const given = new Set(
    [scope, scp].flat().flatMap((one) => (typeof one === 'string' ? one.split(' ') : [])),
  );
  const missing = required.filter((one) => !given.has(one));
  if (missing.length === 0) return;
  throw new Failure('insufficient_scope', `The token lacks what is needed here: ${missing.join(' ')}.`);
}

function refuseOtherTypes(type: unknown): void {
  if (type === undefined) return;
  const name = typeof type === 'string' ? type.toLowerCase().replace(/^application\//, '') : '';
  if (!TYPES.has(name)) throw new Failure('unauthenticated', 'The token was made for another use.');
}

/** Words for each way in which a token fails, without anything that stands in it. */
function refusalOf(thrown: unknown): Failure {
  // Only the name of the fault goes on: the library attaches the claims themselves to some of its errors.
  const cause = new Error(
    thrown instanceof errors.JOSEError ? `${thrown.code}: ${thrown.message}` : 'token refused',
  );
  return new Failure('unauthenticated', detailOf(thrown), { cause });
}

function detailOf(thrown: unknown): string {
  if (thrown === EXPIRED || thrown instanceof errors.JWTExpired) return 'The token has expired.';
  if (thrown instanceof errors.JWTClaimValidationFailed) {
    switch (thrown.claim) {
      case 'aud':
        return 'The token was not issued for this gateway: its audience differs.';
      case 'nbf':
        return 'The token is not valid yet.';
      case 'exp':
        return 'The token has no usable expiry.';
      default:
        return 'A claim of the token is missing or not what it must be.';
    }
  }
  if (thrown instanceof errors.JOSEAlgNotAllowed || thrown instanceof errors.JOSENotSupported)
    return 'The token is signed in a way that is not accepted here.';
  if (thrown instanceof errors.JWKSNoMatchingKey || thrown instanceof errors.JWKSMultipleMatchingKeys)
    return 'The token does not name a key of its issuer.';
  return 'The token’s signature is not valid.';
}
