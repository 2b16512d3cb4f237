import { Worker } from 'node:worker_threads';
import type { PlannedTests } from '../../distribution/planned-tests.ts';

/** What came of the tests of a release's bundles in the embedded engine. */
export type TestsCompared =
  | { readonly kind: 'same'; readonly compared: number }
  /** The first test that passes in one of the engines only. */
  | { readonly kind: 'different'; readonly compared: number; readonly test: string }
  /** They need what the embedded engine does not have. The release itself may well do without. */
  | { readonly kind: 'unclaimed'; readonly compared: 0; readonly detail: string };

/**
 * Evaluates the tests of a release in the embedded engine, in a thread of its own: hundreds of them take a second, in which
 * nothing else would be decided.
 * @throws Error where the thread ends without a result; the signal's reason on abort.
 */
export async function evaluateTests(planned: PlannedTests, signal: AbortSignal): Promise<TestsCompared> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./tests-thread.ts', import.meta.url), { workerData: planned });
  const stop = () => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<TestsCompared>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () =>
        reject(signal.aborted ? signal.reason : new Error('The thread ended without a result.')),
      );
    });
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}
