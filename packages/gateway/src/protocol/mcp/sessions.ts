import { randomBytes } from 'node:crypto';
import { Failure, type Principal } from '@bailiff/contract';
import { LRUCache } from 'lru-cache';
import type { RequestId } from './message.ts';

/** One client’s session with one server: who opened it, and what it said of itself. */
export interface McpSession {
  /** 128 random bits. Also the conversation’s key. */
  readonly id: string;
  readonly server: string;
  readonly principal: Principal;
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

/** The open sessions: bounded, the least recently used gives way, and idle ones expire. */
export class SessionStore implements Disposable {
  readonly #sessions: LRUCache<string, McpSession>;
  readonly #sweep: NodeJS.Timeout;

  constructor(options: SessionStoreOptions) {
    this.#sessions = new LRUCache({
      max: options.max,
      ttl: options.idleMs,
      updateAgeOnGet: true,
      ttlResolution: 0,
      perf: { now: options.monotonicMs },
      disposeAfter: (session) => {
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

  open(facts: Omit<McpSession, 'id' | 'running'>): McpSession {
    const session = { ...facts, id: randomBytes(16).toString('hex'), running: new Map() };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** The session of this id if it was opened by this principal on this server’s route, else undefined. */
  find(id: string, principal: Principal, server: string): McpSession | undefined {
    const session = this.#sessions.peek(id);
    if (session === undefined || session.server !== server) return undefined;
    if (!isSamePrincipal(session.principal, principal)) return undefined;
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
}

/** Credentials may be renewed within a session; who acts for whom may not change. */
function isSamePrincipal(one: Principal, other: Principal): boolean {
  return (
    one.agentId === other.agentId &&
    one.userId === other.userId &&
    one.issuer === other.issuer &&
    one.authMethod === other.authMethod &&
    one.chain.length === other.chain.length &&
    one.chain.every((agent, index) => agent === other.chain[index])
  );
}
