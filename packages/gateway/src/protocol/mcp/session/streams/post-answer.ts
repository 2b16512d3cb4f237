import type { Failure } from '@bailiff/contract';
import type { Exchange } from '../../../http/exchange.ts';
import { acceptsEvents } from '../../../http/request-gate.ts';
import type { RequestId } from '../../message.ts';
import { answerOf, envelope, errorOf } from '../../reply.ts';
import type { Reply } from '../../request-context.ts';
import type { EventStream } from './event-stream.ts';
import type { SessionStreams } from './session-streams.ts';

/** Whether a client that takes both names streams first, which nobody does without wanting them. */
function prefersEvents({ request }: Pick<Exchange, 'request'>): boolean {
  return /^\s*text\/event-stream\b/i.test(request.headers.accept ?? '');
}

/**
 * One request’s answer: JSON, or, once something is to be said before it, a stream of events of which it is the last. A stream begins
 * with what it has to say and not earlier: a client that leaves before is gone, and its call with it, since policy may not have
 * spoken yet and nobody could resume.
 */
export class PostAnswer {
  readonly #exchange: Exchange;
  readonly #id: RequestId;
  readonly #streams: SessionStreams;
  #stream: EventStream | undefined;
  #isOver = false;

  constructor(exchange: Exchange, id: RequestId, streams: SessionStreams) {
    this.#exchange = exchange;
    this.#id = id;
    this.#streams = streams;
  }

  /** Whether anything can be said before the answer. */
  get canSpeak(): boolean {
    return acceptsEvents(this.#exchange.request.headers);
  }

  /** Says something before the answer. Left out where the client takes no events, or is gone. */
  say(text: string): void {
    const { signal } = this.#exchange;
    if (this.#isOver || signal.aborted || !this.canSpeak) return;
    this.#open().send(text);
  }

  finish(reply: Reply): void {
    this.#isOver = true;
    if (prefersEvents(this.#exchange) && !this.#exchange.signal.aborted) this.#open();
    if (this.#stream === undefined) this.#exchange.answer(reply.status ?? 200, answerOf(this.#id, reply));
    else this.#stream.finish(envelope(this.#id, reply));
  }

  /** Tells a failure on the stream, where it has begun; elsewhere it is told with its own status. */
  failed(failure: Failure): void {
    this.#isOver = true;
    this.#stream?.finish(envelope(this.#id, errorOf(failure, this.#exchange.decisionId)));
  }

  #open(): EventStream {
    this.#stream ??= this.#streams.open(this.#exchange, () => {
      if (!this.#isOver) this.#exchange.leave();
    });
    return this.#stream;
  }
}
