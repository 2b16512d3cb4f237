import { Worker } from 'node:worker_threads';
import { Failure } from '@bailiff/contract';
import type { Question, Reply, ThreadMethods } from './serve-thread.ts';

/**
 * SQLite waits for the disk inside a call, so every connection lives in a thread of its own. This is the asking side:
 * replies come in the order of the questions.
 */
export class StoreThread<Methods extends ThreadMethods> implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<never>>();
  #asked = 0;
  #ended: Failure | undefined;

  /**
   * `start` is what the thread’s file reads from `workerData`. `onEnd` hears when the thread ends without having been
   * asked to.
   */
  constructor(file: URL, start: unknown, onEnd: (failure: Failure) => void) {
    this.#worker = new Worker(file, {
      workerData: start,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    let cause: unknown;
    this.#worker.on('error', (thrown) => {
      cause = thrown;
    });
    this.#worker.on('exit', () => {
      const expected = this.#ended !== undefined;
      this.#ended ??= new Failure('record_unavailable', 'The store’s thread ended.', { cause });
      for (const { reject } of this.#waiting.values()) reject(this.#ended);
      this.#waiting.clear();
      if (!expected) onEnd(this.#ended);
    });
  }

  /** @throws Failure `record_unavailable` with what the method threw, or when the thread has ended. */
  ask<Name extends keyof Methods & string>(
    method: Name,
    argument: Parameters<Methods[Name]>[0],
  ): Promise<ReturnType<Methods[Name]>> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = ++this.#asked;
    const waiting = Promise.withResolvers<never>();
    this.#waiting.set(id, waiting);
    this.#worker.postMessage({ id, method, argument } satisfies Question);
    return waiting.promise;
  }

  /** Lets the thread finish what it was asked, then ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended !== undefined) return;
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#ended = new Failure('record_unavailable', 'The store is closed.');
    this.#worker.postMessage(undefined);
    await ended;
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.kind === 'value') waiting?.resolve(reply.value as never);
    else waiting?.reject(new Failure('record_unavailable', reply.detail, { cause: reply.cause }));
  }
}
