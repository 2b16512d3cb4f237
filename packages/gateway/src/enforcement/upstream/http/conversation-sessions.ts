import { type Conversation, Failure } from '@bailiff/contract';
import { plainCapabilities } from '../plain-capabilities.ts';
import { untilAborted } from '../wait.ts';

export interface ConversationSessionsOptions<Session> {
  /**
   * Sessions kept beside the gateway’s own. Beyond that the one goes that was unused for longest and has nothing under way;
   * where all have, no other is opened.
   */
  readonly max: number;
  /** Undefined for the gateway’s own. */
  open(conversation: Conversation | undefined): Promise<Session>;
  /** Whether something is under way in it, so that it is not let go. */
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

const ALL_IN_USE = 'All sessions that the gateway may have with this server are in use; try again later.';

/** The sessions at one server, one for each conversation and what its client can do, opened when first asked for. */
export class ConversationSessions<Session> implements Disposable {
  readonly #options: ConversationSessionsOptions<Session>;
  /** The one used longest ago first. */
  readonly #sessions = new Map<string, Kept<Session>>();
  /** Under which keys a conversation’s sessions are. */
  readonly #keys = new Map<string, Set<string>>();
  readonly #sweeper: NodeJS.Timeout;
  #isClosed = false;

  constructor(options: ConversationSessionsOptions<Session>) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS).unref();
  }

  /** Rejects with `overloaded` where all sessions that there may be are in use. */
  get(conversation: Conversation | undefined, signal: AbortSignal): Promise<Session> {
    if (this.#isClosed) return Promise.reject(new Failure('upstream_unavailable'));
    const key = conversation === undefined ? OWN : keyOf(conversation);
    const known = this.#sessions.get(key);
    if (known !== undefined) {
      known.usedMs = performance.now();
      this.#sessions.delete(key);
      this.#sessions.set(key, known); // used last
      return untilAborted(known.opening, signal);
    }
    if (key !== OWN && !this.#makeRoom()) return Promise.reject(new Failure('overloaded', ALL_IN_USE));
    const opening = this.#options.open(conversation);
    const kept: Kept<Session> = { opening, session: undefined, usedMs: performance.now() };
    this.#sessions.set(key, kept);
    if (conversation !== undefined) this.#name(conversation.key, key);
    opening.then(
      (session) => {
        kept.session = session;
      },
      () => {
        if (this.#sessions.get(key) === kept) this.#close(key);
      },
    );
    return untilAborted(opening, signal);
  }

  /** The session is lost: the conversation’s next call opens another. */
  forget(conversation: Conversation | undefined, session: Session): void {
    const key = conversation === undefined ? OWN : keyOf(conversation);
    if (this.#sessions.get(key)?.session === session) this.#close(key);
  }

  end(conversationKey: string): void {
    for (const key of [...(this.#keys.get(conversationKey) ?? [])]) this.#close(key);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    clearInterval(this.#sweeper);
    for (const key of [...this.#sessions.keys()]) this.#close(key);
  }

  /** False where every session is in use or being opened. */
  #makeRoom(): boolean {
    const others = this.#sessions.size - (this.#sessions.has(OWN) ? 1 : 0);
    if (others < this.#options.max) return true;
    for (const [key, kept] of this.#sessions) {
      if (key === OWN || !this.#isIdle(kept)) continue;
      this.#close(key);
      return true;
    }
    return false;
  }

  #isIdle({ session }: Kept<Session>): boolean {
    return session !== undefined && !this.#options.isInUse(session);
  }

  #close(key: string): void {
    const kept = this.#sessions.get(key);
    if (kept === undefined) return;
    this.#sessions.delete(key);
    this.#unname(key);
    kept.opening.then(this.#options.close, () => undefined);
  }

  #sweep(): void {
    const before = performance.now() - IDLE_MAX_MS;
    for (const [key, kept] of [...this.#sessions]) {
      if (key !== OWN && kept.usedMs <= before && this.#isIdle(kept)) this.#close(key);
    }
  }

  #name(conversationKey: string, key: string): void {
    const keys = this.#keys.get(conversationKey);
    if (keys === undefined) this.#keys.set(conversationKey, new Set([key]));
    else keys.add(key);
  }

  #unname(key: string): void {
    if (key === OWN) return;
    const [conversationKey]: [string] = JSON.parse(key);
    const keys = this.#keys.get(conversationKey);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(conversationKey);
  }
}

/** However many ways there are to write the same, a client can do few things: it has few sessions. */
function keyOf({ key, capabilities }: Conversation): string {
  return JSON.stringify([key, plainCapabilities(capabilities)]);
}
