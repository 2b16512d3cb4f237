import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Configuration, Failure, IssuerConfiguration, type Principal } from '@bailiff/contract';
import type { z } from 'zod';
import { API_KEY_ISSUER, API_KEY_PREFIX, createApiKeys } from './credentials/api-keys.ts';
import { createKeySource, fetchKeySet, keySetOf } from './credentials/key-source.ts';
import type { SubjectTokens } from './credentials/subject-tokens.ts';
import { createTokens, type TrustedIssuer } from './credentials/tokens.ts';
import {
  DEVELOPMENT_AUDIENCE,
  DEVELOPMENT_ISSUER,
  DEVELOPMENT_LIFETIME_MAX_SECONDS,
  developmentKeySet,
} from './development-issuer.ts';

/**
 * Header names in lower case. Give `headersDistinct` of a `node:http` request: its `headers` keep only the first of several
 * `Authorization`, so that the others could not be refused. `Object.fromEntries` of a `Headers` joins them, which is as good.
 */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The principal of a request. `path` is the part of the gateway that it calls, as `/mcp/github`: tokens may be for that alone.
 * @throws Failure `unauthenticated`, `insufficient_scope`; `not_ready` when an issuer’s keys cannot be had.
 */
export type Authenticate = (headers: RequestHeaders, path?: string) => Promise<Principal>;

export interface AuthenticatorOptions {
  readonly identity: Configuration['identity'];
  /** Where clients reach the gateway; tokens may be for that address. Undefined when it is not configured. */
  readonly publicUrl?: string | undefined;
  /** Keeps tokens for being exchanged; left out where no server asks for that. */
  readonly subjectTokens?: SubjectTokens | undefined;
  /** Where the development issuer’s key is; not read unless that issuer is on. */
  readonly dataDirectory: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Fetches key sets. */
  readonly fetch: typeof globalThis.fetch;
  /** Ends loads of keys that are under way. */
  readonly signal: AbortSignal;
}

/**
 * Who is calling, from `Authorization: Bearer` (a token or an API key) or `X-Api-Key`. There is exactly one credential or
 * none: two are refused, and one that fails is never followed by another mechanism or by an empty identity. No other header
 * says anything about the caller.
 * @throws Failure `configuration_invalid` at once for keys or issuers that are weak, double or unreadable.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticate {
  const apiKeyPrincipal = createApiKeys(options.identity.api_keys, options.clock);
  const tokenPrincipal = createTokens(trustedIssuers(options), options.clock);
  return async (headers, path) => {
    const { kind, value } = credentialIn(headers);
    if (kind === 'api_key') return apiKeyPrincipal(value);
    const principal = await tokenPrincipal(value, path);
    options.subjectTokens?.keep(principal, value);
    return principal;
  };
}

interface Credential {
  readonly kind: 'api_key' | 'token';
  readonly value: string;
}

/** RFC 6750, section 2.1. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

function credentialIn(headers: RequestHeaders): Credential {
  const authorizations = valuesOf(headers, 'authorization');
  const apiKeys = valuesOf(headers, 'x-api-key');
  const [authorization] = authorizations;
  const [apiKey] = apiKeys;
  if (authorization === undefined && apiKey === undefined)
    throw new Failure(
      'unauthenticated',
      'Send a token or an API key as Authorization: Bearer, or an API key as X-Api-Key.',
    );
  if (authorizations.length + apiKeys.length > 1)
    throw new Failure('unauthenticated', 'Send one credential: which of several counts is not guessed.');
  if (apiKey !== undefined) return { kind: 'api_key', value: apiKey };
  const value = BEARER.exec(authorization ?? '')?.[1];
  if (value === undefined)
    throw new Failure('unauthenticated', 'The header Authorization must be Bearer and one token or API key.');
  return { kind: value.startsWith(API_KEY_PREFIX) ? 'api_key' : 'token', value };
}

function valuesOf(headers: RequestHeaders, name: string): readonly string[] {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

function trustedIssuers(options: AuthenticatorOptions): TrustedIssuer[] {
  const { identity, dataDirectory, clock, signal } = options;
  const names = new Set([API_KEY_ISSUER, DEVELOPMENT_ISSUER]);
  const publicUrl = options.publicUrl === undefined ? undefined : new URL(options.publicUrl).origin;
  const configured = identity.issuers.map((issuer, index) => {
    if (names.has(issuer.issuer))
      throw new Failure(
        'configuration_invalid',
        `identity.issuers.${index}.issuer: Another issuer has this name. Name each issuer once.`,
      );
    names.add(issuer.issuer);
    const load = loaderOf(issuer, index, options.fetch);
    return {
      ...issuer,
      keys: createKeySource({ load, clock, signal }),
      requiredScopes: identity.required_scopes,
      publicUrl,
      lifetimeMaxSeconds: undefined,
    };
  });
  if (!identity.development_issuer) return configured;
  const development = {
    issuer: DEVELOPMENT_ISSUER,
    audience: DEVELOPMENT_AUDIENCE,
    algorithms: ['ES256' as const],
    claims: IssuerConfiguration.shape.claims.parse({}),
    requiredScopes: [],
    publicUrl: undefined,
    lifetimeMaxSeconds: DEVELOPMENT_LIFETIME_MAX_SECONDS,
  };
  const load = () => developmentKeySet(dataDirectory);
  const keys = createKeySource({ load, clock, signal });
  return [...configured, { ...development, keys }];
}

/** How an issuer’s keys are loaded. A file is read once at the start, so that a wrong one is told then and not to callers. */
function loaderOf(
  issuer: z.infer<typeof IssuerConfiguration>,
  index: number,
  fetch: typeof globalThis.fetch,
): (signal: AbortSignal) => Promise<unknown> {
  const { jwks_url: url, jwks_file: file } = issuer;
  if (url !== undefined) return (signal) => fetchKeySet(url, fetch, signal);
  if (file === undefined)
    throw new Failure('configuration_invalid', `identity.issuers.${index}: It names no keys.`);
  try {
    keySetOf(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    const problem = cause instanceof SyntaxError ? 'it is not JSON' : (cause as Error).message;
    throw new Failure('configuration_invalid', `identity.issuers.${index}.jwks_file: ${file}: ${problem}`, {
      cause,
    });
  }
  return async (signal) => JSON.parse(await readFile(file, { encoding: 'utf8', signal }));
}
