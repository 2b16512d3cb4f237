import { parentPort } from 'node:worker_threads';
import { troubleOf } from './trouble.ts';

/**
 * What a thread can be asked: name → function of one argument. Arguments and results must survive structured cloning.
 */
export type ThreadMethods = Readonly<Record<string, (argument: never) => unknown>>;

export interface Question {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

export type Reply =
  | { readonly id: number; readonly kind: 'value'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'failure'; readonly detail: string; readonly cause: string };

/**
 * The answering side of a `StoreThread`, called once in the thread’s own file. `close` runs before the thread ends.
 */
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
    const cause = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return { id, kind: 'failure', detail: troubleOf(thrown).words, cause };
  }
}
