import {
  type Conversation,
  Failure,
  isSevereEnough,
  type Listening,
  type LogLevel,
  type ServerNotification,
} from '@bailiff/contract';
import { notificationText } from '../json-rpc.ts';
import type { McpServer } from '../ports.ts';

/** Resources that one session may subscribe to. */
export const SUBSCRIPTIONS_MAX = 1_024;

/** What a server may announce by itself that says nothing about anything policy could hide. */
const HARMLESS: ReadonlySet<string> = new Set([
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
  'notifications/elicitation/complete',
]);

export interface AnnouncementsOptions {
  /** At which the session is admitted; undefined where it is not served any more. */
  server(): McpServer | undefined;
  /** Brings one announcement to the client. */
  say(text: string): void;
  /** Whether what was decided when the session was opened still holds. */
  isCurrent(): boolean;
  /** Whether the session may hear of the task with this id. */
  ownsTask(taskId: unknown): boolean;
}

const IDLE: Promise<void> = Promise.resolve();

/** What a session wants to hear of by itself, and the subscription at its server behind it. */
export class Announcements {
  readonly #options: AnnouncementsOptions;
  #resources: ReadonlySet<string> = new Set();
  #logLevel: LogLevel | undefined;
  #listening: Listening | undefined;
  /** One change after the other, so that the server ends up with the latest. */
  #changing: Promise<unknown> = IDLE;
  #ended = false;

  constructor(options: AnnouncementsOptions) {
    this.#options = options;
  }

  get logLevel(): LogLevel | undefined {
    return this.#logLevel;
  }

  /** Begins to listen at the server, if that was not begun. @throws Failure `upstream_*`. */
  listen(conversation: Conversation, signal: AbortSignal): Promise<void> {
    return this.#change(conversation, signal, () => undefined);
  }

  /** @throws Failure `upstream_*` when the server does not take it: then nothing has changed. */
  subscribe(uri: string, conversation: Conversation, signal: AbortSignal): Promise<void> {
    return this.#change(conversation, signal, () => {
      if (this.#resources.size >= SUBSCRIPTIONS_MAX) {
        throw new Failure('overloaded', 'This session is subscribed to too many resources.');
      }
      this.#resources = new Set(this.#resources).add(uri);
    });
  }

  async unsubscribe(uri: string, conversation: Conversation, signal: AbortSignal): Promise<void> {
    if (!this.#resources.has(uri)) return;
    await this.#change(conversation, signal, () => {
      this.#resources = new Set([...this.#resources].filter((each) => each !== uri));
    });
  }

  /** Holds from now on, whether or not the server can be told. */
  setLevel(level: LogLevel, conversation: Conversation, signal: AbortSignal): Promise<void> {
    this.#logLevel = level;
    return this.#change(conversation, signal, () => undefined);
  }

  /** Whether a log message is severe enough for the client. One that set no level gets what its server sends. */
  wantsLog(level: unknown): boolean {
    return this.#logLevel === undefined || isSevereEnough(level, this.#logLevel);
  }

  /** Hands on what the client of this session may hear; everything else is left out. */
  heard(notification: ServerNotification): void {
    if (this.#options.isCurrent() && this.#mayHear(notification))
      this.#options.say(notificationText(notification));
  }

  /** The session is admitted to another server: what it listens to is listened to there. @throws Failure `upstream_*`. */
  moved(conversation: Conversation, signal: AbortSignal): Promise<void> {
    if (this.#listening === undefined) return IDLE;
    this.#stopSoon();
    return this.#change(conversation, signal, () => undefined);
  }

  /** No client listens any more: nor need anyone here, unless there are subscriptions to keep. */
  pause(): void {
    if (this.#resources.size === 0) this.#stopSoon();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopSoon();
  }

  #stopSoon(): void {
    if (this.#listening === undefined && this.#changing === IDLE) return;
    this.#changing = this.#changing.then(() => this.#stop()).catch(() => undefined); // It is over either way.
  }

  #mayHear({ method, params }: ServerNotification): boolean {
    if (HARMLESS.has(method)) return true;
    switch (method) {
      case 'notifications/resources/updated':
        return typeof params.uri === 'string' && this.#resources.has(params.uri);
      case 'notifications/message':
        return this.wantsLog(params.level);
      case 'notifications/tasks/status':
        return this.#options.ownsTask(params.taskId);
      default:
        return false;
    }
  }

  #change(conversation: Conversation, signal: AbortSignal, change: () => void): Promise<void> {
    const changed = this.#changing.then(async () => {
      if (this.#ended) throw new Failure('session_unknown');
      signal.throwIfAborted();
      const before = this.#resources;
      change();
      try {
        await this.#tell(conversation, signal);
      } catch (thrown) {
        this.#resources = before;
        throw thrown;
      }
    });
    this.#changing = changed.catch(() => undefined); // Whoever asked for the change is told.
    return changed;
  }

  async #tell(conversation: Conversation, signal: AbortSignal): Promise<void> {
    const wanted = { resources: [...this.#resources], logLevel: this.#logLevel };
    if (this.#listening !== undefined) return this.#listening.update(wanted, signal);
    const server = this.#options.server();
    if (server === undefined) throw new Failure('upstream_unavailable', 'There is no such server.');
    const listening = await server.listen(conversation, wanted, (told) => this.heard(told));
    if (this.#ended) return listening[Symbol.asyncDispose]();
    this.#listening = listening;
  }

  async #stop(): Promise<void> {
    await this.#listening?.[Symbol.asyncDispose]();
    this.#listening = undefined;
  }
}
