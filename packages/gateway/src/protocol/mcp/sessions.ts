import { randomBytes } from 'node:crypto';
import { Failure, type Principal } from '@bailiff/contract';
import { LRUCache } from 'lru-cache';
import type { RequestId } from './message.ts';

/** One client’s session with one server: who opened it, and what it said of itself. */
export interface McpSession {
  /** 128 random bits. Also the conversation’s key. */
  readonly id: string;
  readonly server: string;
  /**
   * Whose session it is. Only for telling its owner from others: what is decided is decided for the principal of each
   * request, whose credential may be a newer one.
   */
  readonly owner: Principal;
  readonly protocolVersion: string;
  /** The client’s own claims. */
  readonly clientName: string;
  readonly clientVersion: string;
  /** Calls under way by the client’s id for them, so that it can cancel its own and no other’s. */
  readonly running: Map<RequestId, AbortController>;
}

export interface SessionStoreOptions {
  readonly max: number;
  readonly idleMs: number;
  monotonicMs(): number;
  /** Called once for every session that ends: by its client, by expiry, or to make room. */
  onEnd(session: McpSession): void;
}

/**
 * The open sessions: idle ones expire, and their number is bounded. An agent acting for one user holds at most an eighth of
 * them, whatever versions and conversations its credentials name; beyond that its own longest unused one ends. When all
 * places are taken, the longest unused one without a running call gives way, whoever has it.
 */
export class SessionStore implements Disposable {
  readonly #sessions: LRUCache<string, McpSession>;
  /** The same sessions by who holds them, the longest unused first. */
  readonly #held = new Map<string, Set<McpSession>>();
  readonly #max: number;
  readonly #heldMax: number;
  readonly #sweep: NodeJS.Timeout;

  constructor(options: SessionStoreOptions) {
    this.#max = options.max;
    this.#heldMax = Math.max(1, Math.floor(options.max / 8));
    this.#sessions = new LRUCache({
      max: options.max,
      ttl: options.idleMs,
      updateAgeOnGet: true,
      ttlResolution: 0,
      perf: { now: options.monotonicMs },
      disposeAfter: (session) => {
        this.#letGo(session);
        const ended = new Failure('client_gone', 'The session ended before the answer.');
        for (const controller of session.running.values()) controller.abort(ended);
        options.onEnd(session);
      },
    });
    this.#sweep = setInterval(() => this.sweep(), Math.min(options.idleMs, 60_000)).unref();
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** @throws Failure `overloaded` when all places are taken by sessions with running calls. */
  open(facts: Omit<McpSession, 'id' | 'running'>): McpSession {
    this.#makeRoom(holderOf(facts.owner));
    const session = { ...facts, id: randomBytes(16).toString('hex'), running: new Map() };
    this.#sessions.set(session.id, session);
    this.#hold(session);
    return session;
  }

  /** The session of this id if it was opened by this principal on this server’s route, else undefined. */
  find(id: string, principal: Principal, server: string): McpSession | undefined {
    const session = this.#sessions.peek(id);
    if (session === undefined || session.server !== server) return undefined;
    if (!isSamePrincipal(session.owner, principal)) return undefined;
    this.#letGo(session);
    this.#hold(session);
    return this.#sessions.get(id); // Only its owner’s use keeps a session alive.
  }

  end(session: McpSession): void {
    this.#sessions.delete(session.id);
  }

  /** Lets go of what has expired. */
  sweep(): void {
    this.#sessions.purgeStale();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#sweep);
    this.#sessions.clear();
  }

  #makeRoom(holder: string): void {
    const held = this.#held.get(holder);
    if (held !== undefined && held.size >= this.#heldMax) {
      const [oldest] = held;
      if (oldest !== undefined) this.end(oldest);
    }
    if (this.size < this.#max) return;
    this.sweep();
    if (this.size < this.#max) return;
    const idle = this.#sessions.rvalues().find((session) => session?.running.size === 0);
    if (idle === undefined) throw new Failure('overloaded', 'All sessions are in use.');
    this.end(idle);
  }

  /** As the most recently used one of its holder. */
  #hold(session: McpSession): void {
    const holder = holderOf(session.owner);
    const held = this.#held.get(holder) ?? new Set();
    this.#held.set(holder, held.add(session));
  }

  #letGo(session: McpSession): void {
    const holder = holderOf(session.owner);
    const held = this.#held.get(holder);
    held?.delete(session);
    if (held?.size === 0) this.#held.delete(holder);
  }
}

/** Who is counted together. Less than what tells principals apart: an agent may hold credentials of many versions. */
function holderOf({ issuer, agentId, userId }: Principal): string {
  return JSON.stringify([issuer, agentId, userId]);
}

/** Credentials may be renewed within a session; who acts for whom, as what and in which conversation may not change. */
function isSamePrincipal(one: Principal, other: Principal): boolean {
  return (
    one.agentId === other.agentId &&
    one.agentVersion === other.agentVersion &&
    one.userId === other.userId &&
    one.issuer === other.issuer &&
    one.authMethod === other.authMethod &&
    one.conversation === other.conversation &&
    one.chain.length === other.chain.length &&
    one.chain.every((agent, index) => agent === other.chain[index])
  );
}
