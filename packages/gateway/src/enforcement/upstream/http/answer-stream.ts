import { Failure, type ServerReply } from '@bailiff/contract';
import type { CallDialogue } from '../call-dialogue.ts';
import { readUpstreamMessage } from '../upstream-message.ts';
import { pause } from '../wait.ts';
import { type HttpPeer, type HttpRequest, headerOf } from './http-peer.ts';
import type { Received } from './response-reader.ts';

/** How often one answer’s stream is taken up again, and how often in a row in vain. */
const RESUMPTIONS_MAX = 100;
const FRUITLESS_MAX = 5;

/** The pause before that, where the server names none, and the least that is kept. */
const RETRY_MS = 1_000;
const RETRY_MIN_MS = 20;

const BROKEN_OFF =
  'The server’s stream broke off before the answer. The call was sent once and not repeated.';

export interface AnswerStreamOptions {
  readonly peer: HttpPeer;
  /** The request whose answer is waited for. */
  readonly id: string;
  readonly dialogue: CallDialogue;
  /** The request without its body; a method GET takes up a stream again. */
  to(method: 'POST' | 'GET'): HttpRequest;
  log(level: 'warn', message: string): void;
}

/** What a request was answered. */
export interface Answered {
  readonly status: number;
  /** Undefined when the response held no answer. */
  readonly reply: ServerReply | undefined;
}

/**
 * One request to a server that keeps sessions, and the stream on which it is answered. A stream that ends before the answer is
 * taken up again behind its last event, if the server gave events ids; the request itself is never sent twice.
 */
export class AnswerStream {
  readonly #options: AnswerStreamOptions;
  #reply: ServerReply | undefined;
  #lastEventId: string | undefined;
  #retryMs = RETRY_MS;

  constructor(options: AnswerStreamOptions) {
    this.#options = options;
  }

  /** @throws Failure the dialogue’s, `upstream_unavailable` or `upstream_invalid`. */
  async answer(body: Uint8Array): Promise<Answered> {
    const { dialogue, to } = this.#options;
    let status = await this.#received({ ...to('POST'), body });
    let fruitless = 0;
    for (let resumed = 0; this.#reply === undefined && this.#lastEventId !== undefined; resumed += 1) {
      if (resumed >= RESUMPTIONS_MAX || fruitless >= FRUITLESS_MAX) {
        throw new Failure('upstream_unavailable', BROKEN_OFF);
      }
      await pause(this.#retryMs, dialogue.signal);
      const request = to('GET');
      const from = this.#lastEventId;
      const headers = { ...request.headers, 'last-event-id': from };
      status = await this.#received({ ...request, headers });
      if (
        this.#reply === undefined &&
        status !== undefined &&
        status !== 200 &&
        status < 500 &&
        status !== 429
      ) {
        throw new Failure('upstream_unavailable', BROKEN_OFF);
      }
      fruitless = status === 200 || this.#lastEventId !== from ? 0 : fruitless + 1;
    }
    if (status === undefined) throw new Failure('upstream_unavailable', BROKEN_OFF);
    return { status, reply: this.#reply };
  }

  /** The status; undefined when the connection broke and the stream can be taken up again. */
  async #received(request: HttpRequest): Promise<number | undefined> {
    const { peer, dialogue } = this.#options;
    try {
      const response = await peer.request(
        request,
        {
          opened: (status, headers) => {
            const type = headerOf({ headers }, 'content-type') ?? '';
            if (request.method === 'GET' && status === 200 && !type.startsWith('text/event-stream')) {
              throw new Failure('upstream_invalid', 'The server resumed with what is no stream.');
            }
          },
          received: (message) => this.#message(message),
          passed: (eventId) => {
            // What no header can carry cannot be named to the server again.
            this.#lastEventId = /^[\x21-\x7e]{1,1024}$/.test(eventId) ? eventId : undefined;
          },
          retryAfter: (ms) => {
            this.#retryMs = Math.max(ms, RETRY_MIN_MS);
          },
        },
        dialogue.signal,
      );
      return response.status;
    } catch (failure) {
      if (dialogue.signal.aborted || this.#lastEventId === undefined) throw failure;
      if (failure instanceof Failure && failure.code === 'upstream_unavailable') return undefined;
      throw failure;
    }
  }

  /** True for the answer. */
  #message(received: Received): boolean {
    if (received.event !== 'message') return false;
    const { id, dialogue, log } = this.#options;
    const message = readUpstreamMessage(received.body ?? received.text);
    switch (message.kind) {
      case 'answer':
        if (message.id === id) {
          this.#reply = message.reply;
          return true;
        }
        log('warn', 'Dropped an answer that nobody waits for.');
        return false;
      case 'request':
        dialogue.asked(message);
        return false;
      case 'notification':
        dialogue.notified(message);
        return false;
      case 'invalid':
        if (message.id === id) throw new Failure('upstream_invalid');
        log('warn', 'Dropped what is no message.');
        return false;
    }
  }
}
