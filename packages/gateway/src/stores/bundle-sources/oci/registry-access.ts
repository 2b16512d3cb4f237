import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { unavailable } from '../unavailable.ts';
import type { OriginAnswer, OriginClient } from '../web/origin-client.ts';

/** What is shown to a registry, or to the service that gives out its tokens. */
export interface RegistryCredential {
  readonly username: string | undefined;
  /** Password or token; without one nothing is shown. */
  readonly password: string | undefined;
}

/** What may be done with a token. */
export type Access = 'pull' | 'pull,push';

interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

interface Token {
  readonly header: string;
  /** Milliseconds of `performance.now`. */
  readonly untilMs: number;
}

const TOKEN_BYTES_MAX = 65_536;
const TOKEN_LIFE_DEFAULT_S = 60;
const TOKEN_LIFE_MAX_S = 86_400;
/** A token is not used for so long before its end: it has to arrive. */
const TOKEN_SPARE_MS = 5_000;

const TokenAnswer = z.object({
  token: z.string().min(1).optional(),
  access_token: z.string().min(1).optional(),
  expires_in: z.number().min(0).max(TOKEN_LIFE_MAX_S).optional(),
});

/**
 * Credentials for one repository of one registry. Password and user name go to the registry or to the token service that it
 * names, tokens to the registry alone.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export class RegistryAccess {
  readonly #client: OriginClient;
  readonly #repository: string;
  readonly #credential: () => RegistryCredential;
  readonly #challenges = new Map<Access, Challenge>();
  readonly #tokens = new Map<Access, Token>();

  /** `credential` is asked each time, and may throw. */
  constructor(client: OriginClient, repository: string, credential: () => RegistryCredential) {
    this.#client = client;
    this.#repository = repository;
    this.#credential = credential;
  }

  /** Value of `Authorization`, as far as the registry has told what it wants; undefined when it has not asked for any. */
  async authorization(access: Access, signal: AbortSignal): Promise<string | undefined> {
    const challenge = this.#challenges.get(access);
    if (challenge === undefined) return undefined;
    if (challenge.scheme === 'basic') return this.#basic();
    const token = this.#tokens.get(access);
    if (token !== undefined && performance.now() < token.untilMs) return token.header;
    const fresh = await this.#token(challenge, access, signal);
    this.#tokens.set(access, fresh);
    return fresh.header;
  }

  /** Whether to ask again after a 401: notes what the registry asks for, and lets go of what it did not accept. */
  learn(answer: OriginAnswer, access: Access): boolean {
    const header = answer.header('www-authenticate') ?? '';
    const challenge = challengeIn(header);
    if (challenge === undefined) return false;
    this.#tokens.delete(access);
    this.#challenges.set(access, challenge);
    return true;
  }

  #basic(): string | undefined {
    const { username, password } = this.#credential();
    if (password === undefined) return undefined;
    return `Basic ${Buffer.from(`${username ?? DEFAULT_USERNAME}:${password}`).toString('base64')}`;
  }

  async #token({ parameters }: Challenge, access: Access, signal: AbortSignal): Promise<Token> {
    const url = URL.parse(parameters.get('realm') ?? '');
    if (url === null) throw unavailable('The registry names no token service.', MEND_REGISTRY);
    const service = parameters.get('service');
    if (service !== undefined) url.searchParams.set('service', service);
    // The registry’s own words would let it have a token for more than this.
    url.searchParams.set('scope', `repository:${this.#repository}:${access}`);
    const began = performance.now();
    const authorization = this.#basic();
    const answer = await this.#client.ask({ url, authorization, bytesMax: TOKEN_BYTES_MAX, signal });
    if (answer.status === 401 || answer.status === 403)
      throw unavailable(
        `The registry’s token service refuses the credential (${answer.status}).`,
        MEND_CREDENTIAL,
      );
    if (answer.status !== 200)
      throw unavailable(`The registry’s token service answered ${answer.status}.`, MEND_REGISTRY);
    const parsed = TokenAnswer.safeParse(parsedJson(answer.bytes));
    const token = parsed.data?.token ?? parsed.data?.access_token;
    if (token === undefined || !/^[\x21-\x7e]+$/.test(token))
      throw unavailable('The registry’s token service gives no token.', MEND_REGISTRY);
    const lifeMs = (parsed.data?.expires_in ?? TOKEN_LIFE_DEFAULT_S) * 1_000;
    return { header: `Bearer ${token}`, untilMs: began + lifeMs - TOKEN_SPARE_MS };
  }
}

export const MEND_CREDENTIAL =
  'Set `username` and `password` of the source to variables with a credential that may read the repository.';
const MEND_REGISTRY = 'Ask whoever runs the registry.';

/** Registries that take a token as password take any name with it. */
const DEFAULT_USERNAME = 'token';

/** The first challenge that can be met. RFC 9110, 11.6.1. */
function challengeIn(header: string): Challenge | undefined {
  const scheme = /^\s*(bearer|basic)\b/i.exec(header)?.[1]?.toLowerCase();
  if (scheme === undefined) return undefined;
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, bare] of header.matchAll(/([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g)) {
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? '');
  }
  return { scheme, parameters };
}

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}
