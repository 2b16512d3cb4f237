import {
  type Conversation,
  Failure,
  failureOf,
  type Listening,
  type ListKind,
  type ServerDescription,
  type ServerNotification,
  type ServerReply,
  type Subscription,
} from '@bailiff/contract';
import type { McpUpstream } from '../mcp-upstream.ts';
import { type ApprovedTools, QuarantineLog, quarantineOf } from '../pins/quarantine.ts';
import type { Upstream, UpstreamEntry, UpstreamRequest } from '../upstream.ts';
import { ListeningHere } from './listening-here.ts';

/** Opens the way to a server, once somebody needs it. */
export type OpenServer = () => Promise<McpUpstream>;

export interface ServedUpstreamOptions {
  readonly name: string;
  readonly open: OpenServer;
  /** What of its tools was approved, by the release that decides; undefined where the server is not pinned. */
  approved(): ApprovedTools | undefined;
  /** How long calls that are under way go on at a server that was replaced or removed. */
  readonly drainMs: number;
  log(level: 'info' | 'warn', message: string): void;
}

/**
 * A server by its name, whatever it is started from: it is opened when it is first needed, and may be replaced while it is used.
 * Calls under way then go on where they are, and everything else goes to what replaced it.
 */
export class ServedUpstream implements Upstream {
  readonly name: string;
  readonly #options: ServedUpstreamOptions;
  readonly #quarantine: QuarantineLog;
  readonly #listening = new Set<ListeningHere>();
  /** Servers that were replaced or removed, until their last call is over. */
  readonly #leaving = new Map<Promise<McpUpstream>, Promise<void>>();
  readonly #closing = new AbortController();
  #open: OpenServer;
  #opened: Promise<McpUpstream> | undefined;

  constructor(options: ServedUpstreamOptions) {
    this.name = options.name;
    this.#options = options;
    this.#open = options.open;
    this.#quarantine = new QuarantineLog((level, message) => options.log(level, message));
  }

  async describe(signal: AbortSignal): Promise<ServerDescription> {
    return (await this.#current()).describe(signal);
  }

  /** Without the tools of a pinned server that are not what was approved. */
  async list(kind: ListKind, signal: AbortSignal): Promise<readonly UpstreamEntry[]> {
    const entries = await (await this.#current()).list(kind, signal);
    const approved = this.#options.approved();
    if (kind !== 'tools' || approved === undefined) return entries;
    return entries.filter((tool) => {
      const cause = quarantineOf(tool, approved);
      if (cause !== undefined) this.#quarantine.found(tool, cause);
      return cause === undefined;
    });
  }

  async findTool(name: string, signal: AbortSignal): Promise<UpstreamEntry | undefined> {
    return (await this.#current()).findTool(name, signal);
  }

  async findToolNow(
    name: string,
    conversation: Conversation | undefined,
    signal: AbortSignal,
  ): Promise<UpstreamEntry | undefined> {
    return (await this.#current()).findToolNow(name, conversation, signal);
  }

  async forward(request: UpstreamRequest, signal: AbortSignal): Promise<ServerReply> {
    return (await this.#current()).forward(request, signal);
  }

  async listen(
    conversation: Conversation,
    wanted: Subscription,
    heard: (notification: ServerNotification) => void,
  ): Promise<Listening> {
    const listening = new ListeningHere({
      listen: async (subscription) => (await this.#current()).listen(conversation, subscription, heard),
      ended: () => void this.#listening.delete(listening),
    });
    this.#listening.add(listening);
    try {
      await listening.begin(wanted);
    } catch (failure) {
      this.#listening.delete(listening);
      throw failure;
    }
    return listening;
  }

  endConversation(conversationKey: string): void {
    for (const opened of [this.#opened, ...this.#leaving.keys()]) {
      opened?.then(
        (upstream) => upstream.endConversation(conversationKey),
        () => undefined, // There is nothing to end.
      );
    }
  }

  /** Whether somebody has needed it since it was last replaced. */
  get isOpen(): boolean {
    return this.#opened !== undefined;
  }

  /** From now on `open` opens it. Never waits: what was open ends beside, once its last call is over. */
  replace(open: OpenServer): void {
    this.#open = open;
    this.#leave();
    for (const listening of this.#listening) {
      listening.again().catch((thrown: unknown) => {
        const { detail } = failureOf(thrown);
        this.#options.log(
          'warn',
          `Who listened to the server before it was replaced hears nothing: ${detail}`,
        );
      });
    }
  }

  /** It is served no more: whoever still holds it is refused. Resolves once its last call is over. */
  async remove(): Promise<void> {
    this.#open = () =>
      Promise.reject(
        new Failure('upstream_unavailable', 'The server is not part of the active release any more.'),
      );
    this.#leave();
    await Promise.all(this.#leaving.values());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#open = () => Promise.reject(new Failure('upstream_unavailable', 'The gateway is stopping.'));
    this.#leave();
    await Promise.all(this.#leaving.values());
  }

  #current(): Promise<McpUpstream> {
    if (this.#opened === undefined) {
      const opened = this.#open();
      this.#opened = opened;
      opened.catch(() => {
        if (this.#opened === opened) this.#opened = undefined; // Whoever comes next tries again.
      });
    }
    return this.#opened;
  }

  #leave(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    const left = this.#end(opened).finally(() => this.#leaving.delete(opened));
    this.#leaving.set(opened, left);
  }

  async #end(opened: Promise<McpUpstream>): Promise<void> {
    let upstream: McpUpstream;
    try {
      upstream = await opened;
    } catch {
      return; // It was never there.
    }
    await idleOrLate(upstream, { drainMs: this.#options.drainMs, closing: this.#closing.signal });
    await upstream[Symbol.asyncDispose]();
  }
}

/** Resolves once no call is under way at a server, or when there is no more time for them. */
async function idleOrLate(
  upstream: McpUpstream,
  { drainMs, closing }: { readonly drainMs: number; readonly closing: AbortSignal },
): Promise<void> {
  if (closing.aborted) return;
  const late = Promise.withResolvers<void>();
  const onClosing = () => late.resolve();
  const timer = setTimeout(onClosing, drainMs).unref();
  closing.addEventListener('abort', onClosing, { once: true });
  await Promise.race([upstream.whenIdle(), late.promise]);
  clearTimeout(timer);
  closing.removeEventListener('abort', onClosing);
}
