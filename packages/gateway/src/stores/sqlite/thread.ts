import { parentPort, Worker } from 'node:worker_threads';
import { Failure, type FailureCode } from '@bailiff/contract';
import { wordsFor } from './database.ts';

/** What a thread can be asked: name → function of one argument. Arguments and results must survive structured cloning. */
export type ThreadMethods = Readonly<Record<string, (argument: never) => unknown>>;

interface Question {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

type Reply =
  | { readonly id: number; readonly kind: 'value'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'failure'; readonly code: FailureCode; readonly detail: string; readonly cause: string };

/**
 * SQLite waits for the disk inside a call, so every connection lives in a thread of its own. This is the asking side: replies come in
 * the order of the questions.
 */
export class StoreThread<Methods extends ThreadMethods> implements AsyncDisposable {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<never>>();
  #asked = 0;
  #ended: Failure | undefined;

  /** `start` is what the thread’s file reads from `workerData`. `onEnd` hears when the thread ends without having been asked to. */
  constructor(file: URL, start: unknown, onEnd: (failure: Failure) => void) {
    this.#worker = new Worker(file, { workerData: start, execArgv: ['--disable-warning=ExperimentalWarning'] });
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

  /** @throws Failure as the method threw it; `record_unavailable` when the thread has ended. */
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
    else waiting?.reject(new Failure(reply.code, reply.detail, { cause: reply.cause }));
  }
}

/** The answering side, called once in the thread’s own file. `close` runs before the thread ends. */
export function serveThread(methods: ThreadMethods, close: () => void): void {
  const port = parentPort;
  if (port === null) throw new Error('This file runs as a thread of the store only.');
  port.on('message', (question: Question | undefined) => {
    if (question === undefined) {
      port.close(); // Replies that were posted still arrive.
      close();
      return;
    }
    port.postMessage(replyTo(question, methods));
  });
}

function replyTo({ id, method, argument }: Question, methods: ThreadMethods): Reply {
  try {
    return { id, kind: 'value', value: methods[method]?.(argument as never) };
  } catch (thrown) {
    if (thrown instanceof Failure) return { id, kind: 'failure', code: thrown.code, detail: thrown.detail, cause: String(thrown.cause) };
    const cause = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return { id, kind: 'failure', code: 'record_unavailable', detail: wordsFor(thrown), cause };
  }
}
