import { Worker } from 'node:worker_threads';
import { UnsupportedPlan } from '../plan/unsupported-plan.ts';
import type { GeneratedProgram } from './generate-program.ts';

/** A program with what JavaScript makes of it, and the few facts of its plan that every evaluation needs. */
export interface CompiledPlan extends GeneratedProgram {
  readonly code: Uint8Array;
  readonly entrypoints: readonly string[];
  /** How many functions there are. */
  readonly functions: number;
}

/** What the thread says of a plan that it was given: one after another, in their order. */
export type FromThread =
  | { readonly kind: 'compiled'; readonly plan: CompiledPlan }
  | { readonly kind: 'unsupported'; readonly needs: Pick<UnsupportedPlan, 'builtins' | 'statements'> }
  | { readonly kind: 'no_plan'; readonly message: string };

/** So long a thread waits for another plan: they come in groups, and one that has compiled some does it in half the time. */
const IDLE_MS = 60_000;

let running: CompilingThread | undefined;

/**
 * Reads a plan, generates its program and has it compiled, in a thread of its own.
 * @throws {SyntaxError} when the text is not a plan.
 * @throws {UnsupportedPlan} when the plan needs what this engine does not have.
 * @throws {Error} when the thread ends without a word; the signal's reason on abort.
 */
export async function compileInThread(planText: string, signal: AbortSignal): Promise<CompiledPlan> {
  signal.throwIfAborted();
  const thread = running?.isThere === true ? running : new CompilingThread();
  running = thread;
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const said = await Promise.race([thread.compile(planText), stopped.promise]);
    if (said.kind === 'unsupported') throw new UnsupportedPlan(said.needs);
    if (said.kind === 'no_plan') throw new SyntaxError(said.message);
    return said.plan;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

class CompilingThread {
  readonly #worker = new Worker(new URL('./compile-thread.ts', import.meta.url));
  /** Whoever waits, in the order of the plans. */
  readonly #waiting: PromiseWithResolvers<FromThread>[] = [];
  #idle: NodeJS.Timeout | undefined;
  #ended: Error | undefined;

  constructor() {
    this.#worker.on('message', (said: FromThread) => {
      this.#waiting.shift()?.resolve(said);
      if (this.#waiting.length === 0) this.#rest();
    });
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', () => this.#end(new Error('the thread that compiles ended without a word')));
  }

  /** Whether it takes plans. */
  get isThere(): boolean {
    return this.#ended === undefined;
  }

  compile(planText: string): Promise<FromThread> {
    clearTimeout(this.#idle);
    const waiting = Promise.withResolvers<FromThread>();
    this.#waiting.push(waiting);
    this.#worker.ref();
    this.#worker.postMessage(planText);
    return waiting.promise;
  }

  /** Nobody has to wait for a thread that has nothing to do. */
  #rest(): void {
    this.#worker.unref();
    this.#idle = setTimeout(() => {
      this.#end(new Error('the thread that compiles was not needed'));
      void this.#worker.terminate();
    }, IDLE_MS).unref();
  }

  #end(error: Error): void {
    this.#ended ??= error;
    clearTimeout(this.#idle);
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }
}
