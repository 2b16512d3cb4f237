import type {
  CallChannel,
  ClientCapabilities,
  JsonObject,
  ServerNotification,
  ServerQuestion,
  ServerReply,
} from '@bailiff/contract';
import { decideQuestion, unableFor } from '../asks.ts';
import { notificationText } from '../json-rpc.ts';
import type { Asker, RequestMeta } from '../request-context.ts';
import type { McpSession } from './sessions.ts';
import type { PostAnswer } from './streams/post-answer.ts';

export interface SessionChannelOptions {
  readonly session: McpSession;
  readonly asker: Asker;
  readonly answer: PostAnswer;
  readonly meta: RequestMeta;
  /** The tool that was called; empty where it is none. */
  readonly toolName: string;
}

/** The way back to a client of the session era: on the stream of the request that the server works on. */
export class SessionChannel implements CallChannel {
  readonly #options: SessionChannelOptions;

  constructor(options: SessionChannelOptions) {
    this.#options = options;
  }

  get capabilities(): ClientCapabilities {
    return this.#options.answer.canSpeak ? this.#options.session.capabilities : {};
  }

  get wantsProgress(): boolean {
    return this.#options.meta.progressToken !== undefined;
  }

  get logLevel(): string | undefined {
    return this.#options.session.announcements.logLevel;
  }

  notified(notification: ServerNotification): void {
    const { answer, session } = this.#options;
    switch (notification.method) {
      case 'notifications/progress':
        this.#progressed(notification.params);
        return;
      case 'notifications/message':
        if (session.announcements.wantsLog(notification.params.level)) {
          answer.say(notificationText(notification));
        }
        return;
      default:
        session.announcements.heard(notification);
    }
  }

  async asked(question: ServerQuestion, signal: AbortSignal): Promise<ServerReply> {
    const { answer, asker, session, toolName } = this.#options;
    const unable = unableFor(question, this.capabilities);
    if (unable !== undefined) return unable;
    const carryOut = (carrying: AbortSignal) =>
      session.questions.ask(question, (text) => answer.say(text), carrying);
    return decideQuestion(question, { ...asker, toolName, carryOut }, signal);
  }

  /** Servers know progress by a token of the gateway’s; the client gets its own back. */
  #progressed(params: JsonObject): void {
    const { answer, meta } = this.#options;
    if (meta.progressToken === undefined) return;
    const told = { ...params, progressToken: meta.progressToken };
    answer.say(notificationText({ method: 'notifications/progress', json: JSON.stringify(told) }));
  }
}
