import { randomBytes } from 'node:crypto';
import { type ClientCapabilities, Failure, holderKey, type Principal, principalKey } from '@bailiff/contract';
import { LRUCache } from 'lru-cache';
import type { RequestId } from '../message.ts';
import type { McpServer } from '../ports.ts';
import type { ClientFacts } from '../request-context.ts';
import type { Announcements } from './announcements.ts';
import type { Questions } from './questions.ts';
import type { SessionStreams } from './streams/session-streams.ts';

/** One client’s session with one server: who opened it, and what it said of itself. */
export interface McpSession {
  /** 128 random bits. Also the conversation’s key. */
  readonly id: string;
  readonly server: string;
  /** At which its principal is admitted: that server, or those of all. Only they are heard and set up for it. */
  admittedTo: McpServer;
  /** The release that admitted it last. Under another one its opening is decided again before anything else is done for it. */
  release: string;
  /**
   * Whose session it is. Only for telling its owner from others: what is decided is decided for the principal of each
   * request, whose credential may be a newer one.
   */
  readonly owner: Principal;
  readonly client: ClientFacts;
  readonly capabilities: ClientCapabilities;
  /** Calls under way by the client’s id for them, so that it can cancel its own and no other’s. */
  readonly running: Map<RequestId, AbortController>;
  /** Aborts when the session ends. */
  readonly ended: AbortController;
  readonly streams: SessionStreams;
  readonly questions: Questions;
  readonly announcements: Announcements;
}

/** What is known of a session before it has an id. */
export interface SessionFacts
  extends Pick<McpSession, 'server' | 'admittedTo' | 'release' | 'owner' | 'capabilities'> {
  readonly client: Omit<ClientFacts, 'conversationKey'>;
}

/** What a session is bound to. */
export interface SessionBinding {
  readonly principal: Principal;
  readonly server: string;
}

type Equipment = 'streams' | 'questions' | 'announcements';

export interface SessionStoreOptions {
  readonly max: number;
  readonly idleMs: number;
  monotonicMs(): number;
  /** What a new session keeps besides what is known of it. */
  equip(session: Omit<McpSession, Equipment>): Pick<McpSession, Equipment>;
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
  readonly #equip: SessionStoreOptions['equip'];

  constructor(options: SessionStoreOptions) {
    this.#max = options.max;
    this.#equip = (session) => options.equip(session);
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
        session.ended.abort(ended);
        session.announcements.end();
        session.streams.end();
        options.onEnd(session);
      },
    });
    this.#sweep = setInterval(() => this.sweep(), Math.min(options.idleMs, 60_000)).unref();
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** @throws Failure `overloaded` when all places are taken by sessions with running calls. */
  open(facts: SessionFacts): McpSession {
    this.#makeRoom(holderKey(facts.owner));
    const id = randomBytes(16).toString('hex');
    const client = { ...facts.client, conversationKey: id };
    const bare = { ...facts, id, client, running: new Map(), ended: new AbortController() };
    const session = Object.assign(bare, this.#equip(bare)); // one object: what it keeps sees what becomes of it
    this.#sessions.set(session.id, session);
    this.#hold(session);
    return session;
  }

  /** The session of this id if it was opened by this principal and on this route, else undefined. */
  find(id: string, { principal, server }: SessionBinding): McpSession | undefined {
    const session = this.#sessions.peek(id);
    if (session === undefined || session.server !== server) return undefined;
    if (principalKey(session.owner) !== principalKey(principal)) return undefined;
    this.#letGo(session);
    this.#hold(session);
    return this.#sessions.get(id); // Only its owner’s use keeps a session alive.
  }

  /** Keeps up what has a client connected, however long it says nothing. Gives those sessions. */
  keepAlive(): readonly McpSession[] {
    const connected = [...this.#sessions.values()].filter(({ streams }) => streams.isConnected);
    for (const session of connected) {
      session.streams.keepAlive();
      this.#sessions.get(session.id);
    }
    return connected;
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
    const holder = holderKey(session.owner);
    const held = this.#held.get(holder) ?? new Set();
    this.#held.set(holder, held.add(session));
  }

  #letGo(session: McpSession): void {
    const holder = holderKey(session.owner);
    const held = this.#held.get(holder);
    held?.delete(session);
    if (held?.size === 0) this.#held.delete(holder);
  }
}
