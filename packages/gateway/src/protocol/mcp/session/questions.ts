import { Failure, QUESTION_TIMEOUT_MS, type ServerQuestion, type ServerReply } from '@bailiff/contract';
import { notificationText, questionText } from '../json-rpc.ts';
import type { RequestId } from '../message.ts';

/** Questions that may wait for the client of one session. */
export const QUESTIONS_MAX = 64;

/** What the client of one session was asked and did not answer yet. */
export class Questions {
  readonly #open = new Map<RequestId, (reply: ServerReply) => void>();
  #asked = 0;

  /**
   * Asks, and waits for the answer that the client posts under the question’s id.
   * @throws Failure `upstream_timeout` when none comes in time, `overloaded`, or the reason of the abort.
   */
  ask(question: ServerQuestion, say: (text: string) => void, signal: AbortSignal): Promise<ServerReply> {
    if (this.#open.size >= QUESTIONS_MAX) {
      return Promise.reject(new Failure('overloaded', 'Too many questions wait for the client.'));
    }
    if (signal.aborted) return Promise.reject(signal.reason);
    this.#asked += 1;
    const id = `bailiff-question-${this.#asked}`;
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.#open.delete(id);
      };
      const giveUp = (reason: unknown) => {
        settle();
        say(notificationText({ method: 'notifications/cancelled', json: JSON.stringify({ requestId: id }) }));
        reject(reason);
      };
      const onAbort = () => giveUp(signal.reason);
      const late = new Failure(
        'upstream_timeout',
        'The client did not answer the server’s question in time.',
      );
      const timer = setTimeout(() => giveUp(late), QUESTION_TIMEOUT_MS);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#open.set(id, (reply) => {
        settle();
        resolve(reply);
      });
      say(questionText(id, question));
    });
  }

  /** Takes an answer. False where nothing was asked under this id, or it was answered already. */
  answered(id: RequestId, reply: ServerReply): boolean {
    const settle = this.#open.get(id);
    settle?.(reply);
    return settle !== undefined;
  }
}
