import { isSevereEnough, type JsonObject, type ServerNotification } from '@bailiff/contract';
import type { Exchange } from '../../http/exchange.ts';
import { acceptsEvents } from '../../http/request-gate.ts';
import { notificationText } from '../json-rpc.ts';
import type { RequestId } from '../message.ts';
import { answerOf, envelope } from '../reply.ts';
import type { Reply } from '../request-context.ts';
import type { Envelope } from './envelope.ts';

/** One request’s answer: plain JSON, or, once there is something to say before it, a stream of events of which it is the last. */
export class StreamedAnswer {
  readonly #exchange: Exchange;
  readonly #id: RequestId;
  readonly #asked: Pick<Envelope, 'progressToken' | 'logLevel'>;
  readonly #takesEvents: boolean;
  #isStream = false;
  #isOver = false;

  constructor(exchange: Exchange, id: RequestId, asked: Pick<Envelope, 'progressToken' | 'logLevel'>) {
    this.#exchange = exchange;
    this.#id = id;
    this.#asked = asked;
    this.#takesEvents = acceptsEvents(exchange.request.headers);
  }

  /** Says something before the answer; leaves it out where the client did not ask for it, takes no events, or is answered. */
  notified(notification: ServerNotification): void {
    if (!this.#takesEvents || this.#isOver || this.#exchange.signal.aborted) return;
    const json = this.#paramsOf(notification);
    if (json === undefined) return;
    this.#isStream = true;
    this.#exchange.events().send(notificationText({ method: notification.method, json }));
  }

  /** Whether something was said already: what is left to say has to follow it. */
  get isStream(): boolean {
    return this.#isStream;
  }

  /** The answer itself, once. Closing a stream before it is what cancels. */
  finish(reply: Reply): void {
    this.#isOver = true;
    if (this.#isStream) {
      this.#exchange.events().send(envelope(this.#id, reply));
      this.#exchange.events().end();
    } else this.#exchange.answer(reply.status ?? 200, answerOf(this.#id, reply));
  }

  /** Servers know progress by a token of the gateway’s; the client gets its own back. */
  #paramsOf({ method, params, json }: ServerNotification): string | undefined {
    const { progressToken, logLevel } = this.#asked;
    if (method === 'notifications/message') {
      return logLevel !== undefined && isSevereEnough(params.level, logLevel) ? json : undefined;
    }
    if (method !== 'notifications/progress' || progressToken === undefined) return undefined;
    const told: JsonObject = { ...params, progressToken };
    return JSON.stringify(told);
  }
}
