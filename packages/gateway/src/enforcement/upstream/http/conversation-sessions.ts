import { type Conversation, Failure } from '@bailiff/contract';
import { LRUCache } from 'lru-cache';
import { untilAborted } from '../wait.ts';

export interface ConversationSessionsOptions<Session> {
  /** Sessions kept; beyond that those go that were unused for longest. */
  readonly max: number;
  /** Undefined for the gateway’s own. */
  open(conversation: Conversation | undefined): Promise<Session>;
  /** Whether something is under way in it, so that it is not let go for being idle. */
  isInUse(session: Session): boolean;
  /** Called once for each that was opened. */
  close(session: Session): void;
}

interface Kept<Session> {
  readonly opening: Promise<Session>;
  /** Undefined until it is open. */
  session: Session | undefined;
  usedMs: number;
}

/** The key of the gateway’s own session; no conversation has it. */
const OWN = '';

/** Nothing says when a conversation is over whose client keeps no session: its own at the server ends after this. */
const IDLE_MAX_MS = 3_600_000;
const SWEEP_INTERVAL_MS = 60_000;

/** The sessions at one server, one for each conversation and what its client can do, opened when first asked for. */
export class ConversationSessions<Session> implements Disposable {
  readonly #options: ConversationSessionsOptions<Session>;
  readonly #sessions: LRUCache<string, Kept<Session>>;
  /** Under which keys a conversation’s sessions are. */
  readonly #keys = new Map<string, Set<string>>();
  readonly #sweeper: NodeJS.Timeout;
  #isClosed = false;

  constructor(options: ConversationSessionsOptions<Session>) {
    this.#options = options;
    this.#sessions = new LRUCache({
      max: options.max,
      dispose: ({ opening }, key) => {
        this.#unname(key);
        opening.then(options.close, () => undefined);
      },
    });
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS).unref();
  }

  get(conversation: Conversation | undefined, signal: AbortSignal): Promise<Session> {
    if (this.#isClosed) return Promise.reject(new Failure('upstream_unavailable'));
    const key = conversation === undefined ? OWN : this.#name(conversation);
    const known = this.#sessions.get(key);
    if (known !== undefined) {
      known.usedMs = performance.now();
      return untilAborted(known.opening, signal);
    }
    const opening = this.#options.open(conversation);
    const kept: Kept<Session> = { opening, session: undefined, usedMs: performance.now() };
    this.#sessions.set(key, kept);
    opening.then(
      (session) => {
        kept.session = session;
      },
      () => {
        if (this.#sessions.peek(key) === kept) this.#sessions.delete(key);
      },
    );
    return untilAborted(opening, signal);
  }

  /** The session is lost: the conversation’s next call opens another. */
  forget(conversation: Conversation | undefined, session: Session): void {
    const key = conversation === undefined ? OWN : keyOf(conversation);
    if (this.#sessions.peek(key)?.session === session) this.#sessions.delete(key);
  }

  end(conversationKey: string): void {
    for (const key of [...(this.#keys.get(conversationKey) ?? [])]) this.#sessions.delete(key);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearInterval(this.#sweeper);
    this.#sessions.clear();
  }

  #sweep(): void {
    const before = performance.now() - IDLE_MAX_MS;
    for (const [key, { session, usedMs }] of [...this.#sessions.entries()]) {
      if (key === OWN || usedMs > before || session === undefined) continue;
      if (!this.#options.isInUse(session)) this.#sessions.delete(key);
    }
  }

  #name(conversation: Conversation): string {
    const key = keyOf(conversation);
    const keys = this.#keys.get(conversation.key);
    if (keys === undefined) this.#keys.set(conversation.key, new Set([key]));
    else keys.add(key);
    return key;
  }

  #unname(key: string): void {
    if (key === OWN) return;
    const [conversationKey]: [string] = JSON.parse(key);
    const keys = this.#keys.get(conversationKey);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(conversationKey);
  }
}

function keyOf({ key, capabilities: { sampling, elicitation, roots } }: Conversation): string {
  return JSON.stringify([key, { sampling, elicitation, roots }]);
}
