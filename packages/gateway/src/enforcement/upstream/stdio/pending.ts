import { Failure, type ServerReply } from '@bailiff/contract';
import { abortFailure } from '../wait.ts';

interface Waiting {
  settle(outcome: ServerReply | Failure): void;
}

/** How one wait for an answer is bounded. */
export interface PendingOptions {
  readonly id: string;
  readonly timeoutMs: number;
  /** Called when the wait is given up, by time-out or abort, while the server may still be at work. */
  onGivenUp(): void;
}

/** Requests that wait for their answers on one connection, by id. */
export class PendingRequests {
  readonly #waiting = new Map<string, Waiting>();

  /** Resolves with the answer. @throws Failure `upstream_timeout`, the signal’s, or what `settle` is given. */
  wait({ id, timeoutMs, onGivenUp }: PendingOptions, signal: AbortSignal): Promise<ServerReply> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: ServerReply | Failure) => {
        this.#waiting.delete(id);
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        if (outcome instanceof Failure) reject(outcome);
        else resolve(outcome);
      };
      const giveUp = (failure: Failure) => {
        settle(failure);
        onGivenUp();
      };
      const onAbort = () => giveUp(abortFailure(signal));
      const timer = setTimeout(() => giveUp(new Failure('upstream_timeout')), timeoutMs);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.set(id, { settle });
    });
  }

  /** False when nobody waits for this id: the answer is foreign, or late. */
  settle(id: string, outcome: ServerReply | Failure): boolean {
    const waiting = this.#waiting.get(id);
    waiting?.settle(outcome);
    return waiting !== undefined;
  }

  /** Fails the request whose id occurs in the text, if there is exactly one. */
  failNamedIn(text: string, failure: Failure): void {
    const named = [...this.#waiting.keys()].filter((id) => text.includes(JSON.stringify(id)));
    const [only] = named;
    if (named.length === 1 && only !== undefined) this.settle(only, failure);
  }

  failAll(failure: Failure): void {
    for (const waiting of [...this.#waiting.values()]) waiting.settle(failure);
  }
}
