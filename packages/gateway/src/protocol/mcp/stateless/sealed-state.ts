import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import {
  Failure,
  type JsonObject,
  type Principal,
  principalKey,
  QUESTION_TIMEOUT_MS,
} from '@bailiff/contract';
import canonicalize from 'canonicalize';
import { z } from 'zod';

/** A state is good for as long as its client may take to answer. */
export const STATE_TTL_MS = QUESTION_TIMEOUT_MS;

/** Longest state of a server that is carried, in UTF-16 units. */
export const SERVER_STATE_LENGTH_MAX = 262_144;

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Names the format; what is sealed in another one does not open. */
const PREFIX = 'b1.';

/** Which call a state belongs to: whoever retries must mean the same. */
export interface StateOwner {
  readonly principal: Principal;
  readonly server: string;
  /** Where it was asked: at the server’s own address, or at that of all servers. */
  readonly route: string;
  readonly method: string;
  /** The parameters that make the call what it is: its name or URI, and its arguments. */
  readonly salient: JsonObject;
}

/** What is carried through the client: a server’s own state, or which call waits here for answers. */
const Carried = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('server'),
    /** Random: what tells one state from every other, so that each is used once. */
    id: z.string(),
    /** The server’s `requestState`; null where it gave none. */
    state: z.string().nullable(),
    /** What the server asked, by its own names: no answer to anything else reaches it. */
    asked: z.array(z.string()),
  }),
  z.strictObject({ kind: z.literal('parked'), parkedId: z.string() }),
]);
export type Carried = z.infer<typeof Carried>;

const Sealed = z.strictObject({
  carried: Carried,
  call: z.string(),
  principal: z.string(),
  server: z.string(),
  route: z.string(),
  expiresAtMs: z.number(),
});

/**
 * Seals what a retry has to bring back, for one principal, one call, one server and one address, for a limited time. The key is of this
 * process alone: no state outlives it.
 */
export class StateSeal {
  readonly #key = randomBytes(KEY_BYTES);
  readonly #monotonicMs: () => number;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** The state as the client carries it. @throws Failure `upstream_invalid` for a server’s state beyond the limit. */
  seal(carried: Carried, owner: StateOwner): string {
    if (carried.kind === 'server' && (carried.state?.length ?? 0) > SERVER_STATE_LENGTH_MAX) {
      throw new Failure('upstream_invalid', 'The server’s requestState is too long.');
    }
    const sealed: z.infer<typeof Sealed> = {
      carried,
      ...boundTo(owner),
      expiresAtMs: this.#monotonicMs() + STATE_TTL_MS,
    };
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(PREFIX));
    const text = [nonce, cipher.update(JSON.stringify(sealed), 'utf8'), cipher.final(), cipher.getAuthTag()];
    return `${PREFIX}${Buffer.concat(text).toString('base64url')}`;
  }

  /**
   * What was sealed. @throws Failure `invalid_params` where it was changed, has expired, or belongs to another principal, call,
   * server or address; which of them is not told.
   */
  open(state: string, owner: StateOwner): Carried {
    const sealed = this.#decrypt(state);
    const bound = boundTo(owner);
    const isOurs =
      sealed !== undefined &&
      sealed.expiresAtMs > this.#monotonicMs() &&
      sealed.call === bound.call &&
      sealed.principal === bound.principal &&
      sealed.server === bound.server &&
      sealed.route === bound.route;
    if (!isOurs) {
      throw new Failure(
        'invalid_params',
        'The requestState is not one that was given out for this call, or too old.',
      );
    }
    return sealed.carried;
  }

  #decrypt(state: string): z.infer<typeof Sealed> | undefined {
    if (!state.startsWith(PREFIX)) return undefined;
    const text = state.slice(PREFIX.length);
    const bytes = Buffer.from(text, 'base64url');
    // Base64 has bits to spare at its end, so that other texts would open as well.
    if (bytes.toString('base64url') !== text || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(PREFIX));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const opened = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
      return Sealed.parse(JSON.parse(Buffer.concat(opened).toString('utf8')));
    } catch {
      return undefined; // Changed, or sealed by another process.
    }
  }
}

function boundTo({ principal, server, route, method, salient }: StateOwner) {
  return {
    call: hash('sha256', JSON.stringify([method, canonicalize(salient) ?? ''])),
    principal: hash('sha256', principalKey(principal)),
    server,
    route,
  };
}
