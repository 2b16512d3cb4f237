import { Failure } from '@bailiff/contract';
import { LRUCache } from 'lru-cache';
import { untilAborted } from '../wait.ts';
import {
  type CredentialedServer,
  type CredentialHeaders,
  isOwn,
  type OnBehalfOf,
  type Per,
  type UpstreamCredentials,
} from './credentials.ts';
import type { GuardedFetch } from './guard/guarded-fetch.ts';
import { ISSUER_TIMEOUT_MS, type Issuers } from './issuers.ts';
import { GrantRefused, refreshTokens } from './token-endpoint.ts';
import type { Grant, TokenStore } from './token-store.ts';

/** A grant is read again after this long, so that a login, or its removal, counts while the gateway runs. */
const READ_AGE_MAX_MS = 1_000;

/** Tokens are renewed this long before they expire, or a quarter of their life where that is less. */
const RENEW_BEFORE_MS = 30_000;

/** After a renewal that failed for reasons of the moment, nobody asks again for this long. */
const RENEW_PAUSE_MS = 5_000;

/** A token that is refused within this long of its renewal was refused for another reason than its age. */
const SECOND_TRY_MS = 60_000;

/** Grants kept in memory. */
const GRANTS_MAX = 10_000;

export interface GrantedOptions {
  readonly server: CredentialedServer;
  readonly per: Per;
  /** Undefined where the server’s metadata named the issuer at the login. */
  readonly issuer: string | undefined;
  readonly store: TokenStore;
  readonly guard: GuardedFetch;
  readonly issuers: Issuers;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
  log(level: 'info' | 'warn', message: string): void;
}

/** What is known of one user’s grant. */
interface Held {
  grant: Grant | undefined;
  readAtMs: number;
  /** The server has refused this access token. */
  rejectedToken: string | undefined;
  /** The issuer has refused to renew this grant; only another login helps. */
  endedGrant: string | undefined;
  /** When a renewal last failed for reasons of the moment. */
  failedAtMs: number;
}

/** Tokens of a login, renewed when they expire or the server refuses them, by one request for everybody who waits. */
export class GrantedCredentials implements UpstreamCredentials {
  readonly #options: GrantedOptions;
  readonly #held = new LRUCache<string, Held>({ max: GRANTS_MAX });
  /** By user; as many as there are calls under way. */
  readonly #reading = new Map<string, Promise<Grant>>();
  readonly #renewing = new Map<string, Promise<Grant>>();
  /** Which token stands in headers that were given. */
  readonly #given = new WeakMap<CredentialHeaders, string>();

  constructor(options: GrantedOptions) {
    this.#options = options;
  }

  async headersFor(onBehalfOf: OnBehalfOf, signal: AbortSignal): Promise<CredentialHeaders> {
    const user = this.#userOf(onBehalfOf);
    const grant = await untilAborted(this.#usable(user), signal);
    const headers = { authorization: `Bearer ${grant.accessToken}` };
    this.#given.set(headers, grant.accessToken);
    return headers;
  }

  rejected(onBehalfOf: OnBehalfOf, _wwwAuthenticate: string | undefined, sent?: CredentialHeaders): void {
    if (onBehalfOf.user === '' && this.#options.per === 'user' && !isOwn(onBehalfOf)) return;
    const held = this.#held.get(this.#userOf(onBehalfOf));
    if (held?.grant === undefined) return;
    const token = sent === undefined ? held.grant.accessToken : this.#given.get(sent);
    // A token that was replaced meanwhile says nothing of the one that replaced it.
    if (token !== held.grant.accessToken) return;
    // A token that was renewed a moment ago and is refused again is not mended by renewing it once more.
    const isNew = Math.abs(this.#options.clock() - held.grant.obtainedAtMs) < SECOND_TRY_MS;
    if (isNew && held.rejectedToken !== undefined) held.endedGrant = versionOf(held.grant);
    held.rejectedToken = token;
  }

  /** Under which name the grant is; the empty one is everybody’s, or where each user has one, the gateway’s own. */
  #userOf(onBehalfOf: OnBehalfOf): string {
    if (this.#options.per === 'server' || isOwn(onBehalfOf)) return '';
    if (onBehalfOf.user !== '') return onBehalfOf.user;
    const { name } = this.#options.server;
    throw new Failure(
      'upstream_unavailable',
      `The server ${name} has credentials per user, and this agent acts for nobody.`,
    );
  }

  #heldFor(user: string): Held {
    const known = this.#held.get(user);
    if (known !== undefined) return known;
    const held: Held = {
      grant: undefined,
      readAtMs: Number.NEGATIVE_INFINITY,
      rejectedToken: undefined,
      endedGrant: undefined,
      failedAtMs: Number.NEGATIVE_INFINITY,
    };
    this.#held.set(user, held);
    return held;
  }

  #usable(user: string): Promise<Grant> {
    const held = this.#heldFor(user);
    const { grant } = held;
    const state = grant === undefined || hasEnded(held) ? 'bad' : this.#stateOf(held);
    const renewing = this.#renewing.get(user);
    if (renewing !== undefined)
      return grant === undefined || state === 'bad' ? renewing : Promise.resolve(grant);
    const reading = this.#reading.get(user);
    if (reading !== undefined) return reading;
    const isFresh = Math.abs(this.#options.clock() - held.readAtMs) < READ_AGE_MAX_MS;
    if (isFresh && grant !== undefined && state === 'good') return Promise.resolve(grant);
    const work = this.#freshen(held, user).finally(() => this.#reading.delete(user));
    this.#reading.set(user, work);
    return work;
  }

  /** Reads the grant again, and renews it where it must be: beside the call while it is still good, else before it. */
  async #freshen(held: Held, user: string): Promise<Grant> {
    await this.#read(held, user);
    const { grant } = held;
    if (grant === undefined || hasEnded(held)) throw this.#loginNeeded(user);
    const state = this.#stateOf(held);
    if (state === 'good') return grant;
    // One at a time: a refresh token that was used before is one that the issuer takes for stolen.
    const renewing = this.#renew(held, grant).finally(() => this.#renewing.delete(user));
    this.#renewing.set(user, renewing);
    if (state === 'bad') return renewing;
    renewing.catch(() => undefined); // early is early: what has not expired is still good
    return grant;
  }

  #stateOf({ grant, rejectedToken }: Held): 'good' | 'expiring' | 'bad' {
    if (grant === undefined || grant.accessToken === rejectedToken) return 'bad';
    if (grant.expiresAtMs === undefined) return 'good';
    const leftMs = grant.expiresAtMs - this.#options.clock();
    if (leftMs <= 0) return 'bad';
    const marginMs = Math.min(RENEW_BEFORE_MS, (grant.expiresAtMs - grant.obtainedAtMs) / 4);
    return leftMs <= marginMs ? 'expiring' : 'good';
  }

  async #read(held: Held, user: string): Promise<void> {
    const { server, store, clock, issuer, log } = this.#options;
    const before = held.grant?.id;
    try {
      held.grant = await store.read({ server: server.name, user });
    } catch (thrown) {
      held.grant = undefined;
      log('warn', thrown instanceof Failure ? thrown.detail : 'The grant cannot be read.');
    }
    held.readAtMs = clock();
    const { grant } = held;
    if (grant === undefined) return;
    // Tokens of one server or issuer are never taken for another’s, wherever the configuration now points.
    const isOther = grant.serverUrl !== server.url || (issuer !== undefined && grant.issuer !== issuer);
    if (isOther) held.grant = undefined;
    // What the server refused of another login says nothing of this one.
    if (held.grant?.id !== before) held.rejectedToken = undefined;
  }

  async #renew(held: Held, grant: Grant): Promise<Grant> {
    const { guard, issuers, store, clock, signal, log } = this.#options;
    if (grant.refreshToken === undefined) {
      held.endedGrant = versionOf(grant);
      throw this.#loginNeeded(grant.user);
    }
    if (Math.abs(clock() - held.failedAtMs) < RENEW_PAUSE_MS) throw this.#notRenewed();
    try {
      // Not any one caller’s signal: others wait for the same.
      const within = AbortSignal.any([signal, AbortSignal.timeout(ISSUER_TIMEOUT_MS)]);
      const as = await issuers.find(grant.issuer, within);
      const asked = { refreshToken: grant.refreshToken, resource: grant.resource };
      const tokens = await refreshTokens({ as, client: grant.client, guard }, asked, within);
      const renewed = renewedGrant(grant, tokens, clock());
      const isOurs = await store.renew(renewed).catch(() => {
        log('warn', 'A renewed token could not be kept: after a restart a login may be needed.');
        return true;
      });
      held.grant = isOurs ? renewed : await store.read(grant);
      if (held.rejectedToken !== grant.accessToken) held.rejectedToken = undefined;
      held.readAtMs = clock();
      if (held.grant === undefined) throw this.#loginNeeded(grant.user);
      return held.grant;
    } catch (thrown) {
      if (thrown instanceof GrantRefused) {
        log('warn', `The authorization server refused to renew a token: ${thrown.message}.`);
        held.endedGrant = versionOf(grant);
        throw this.#loginNeeded(grant.user);
      }
      held.failedAtMs = clock();
      throw this.#notRenewed(thrown);
    }
  }

  #loginNeeded(user: string): Failure {
    const { name } = this.#options.server;
    const command = user === '' ? `./bailiff login ${name}` : `./bailiff login ${name} --user USER`;
    const own = this.#options.per === 'user' ? ' of its own, which it needs for lists,' : '';
    const whose = user === '' ? own : ' of this user';
    return new Failure(
      'upstream_unavailable',
      `The gateway has no valid credential${whose} for the server ${name}. To give it one: ${command}`,
    );
  }

  #notRenewed(cause?: unknown): Failure {
    const { name } = this.#options.server;
    return new Failure(
      'upstream_unavailable',
      `The gateway’s credential for the server ${name} could not be renewed at present. If this lasts: ./bailiff login ${name}`,
      { cause },
    );
  }
}

function hasEnded({ grant, endedGrant }: Held): boolean {
  return grant !== undefined && versionOf(grant) === endedGrant;
}

/** What makes one state of a grant differ from another: a renewal or a login. */
function versionOf({ id, accessToken, refreshToken = '' }: Grant): string {
  return JSON.stringify([id, accessToken, refreshToken]);
}

function renewedGrant(
  grant: Grant,
  tokens: {
    readonly accessToken: string;
    readonly refreshToken: string | undefined;
    readonly lifetimeMs: number | undefined;
    readonly scope: string | undefined;
  },
  nowMs: number,
): Grant {
  const { expiresAtMs: _, ...kept } = grant;
  return {
    ...kept,
    accessToken: tokens.accessToken,
    // An issuer that gives no new one leaves the old one good (RFC 6749, section 6).
    ...(tokens.refreshToken === undefined ? {} : { refreshToken: tokens.refreshToken }),
    ...(tokens.lifetimeMs === undefined ? {} : { expiresAtMs: nowMs + tokens.lifetimeMs }),
    scope: tokens.scope ?? grant.scope,
    obtainedAtMs: nowMs,
  };
}
