import type {
  Conversation,
  Listening,
  ServerDescription,
  ServerNotification,
  ServerReply,
  Subscription,
} from '@bailiff/contract';
import type { UpstreamEntry, UpstreamRequest } from '../upstream.ts';

/** One way of speaking to a server over HTTP, once it is known that the server takes it. */
export interface Wire extends AsyncDisposable {
  readonly description: ServerDescription;
  exchange(request: UpstreamRequest, signal: AbortSignal): Promise<ServerReply>;
  /** Hears announcements until the result is disposed of. Undefined for those to the gateway itself. */
  listen(
    conversation: Conversation | undefined,
    wanted: Subscription,
    heard: (notification: ServerNotification) => void,
  ): WireListening;
  endConversation(key: string): void;
  /** The tools that can be called, and why each of the others cannot. */
  usable(tools: readonly UpstreamEntry[]): readonly UpstreamEntry[];
}

export interface WireListening extends Listening {
  /** Resolves when the server has taken the subscription, or did not; left out where it does not say. Never rejects. */
  readonly opened?: Promise<void>;
}

export interface WireEvents {
  /** The server announced something, to whomever. */
  announced(notification: ServerNotification): void;
  /** Asks for the list of tools again. */
  relist(): Promise<void>;
  /** The server shows that it does not speak as was found out. */
  outdated(): void;
  log(level: 'info' | 'warn', message: string): void;
}
