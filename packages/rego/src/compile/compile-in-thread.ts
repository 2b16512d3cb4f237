import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** What the thread is given. */
export interface ToThread {
  readonly id: number;
  readonly planText: string;
}

/** What the thread makes of a plan that it was given. */
export type Said =
  | { readonly kind: 'compiled'; readonly plan: CompiledPlan }
  | { readonly kind: 'unsupported'; readonly needs: Pick<UnsupportedPlan, 'builtins' | 'statements'> }
  | { readonly kind: 'no_plan' | 'failed'; readonly message: string };

/** So long a thread waits for another plan: they come in groups, and one that has compiled some does it in half the time. */
const IDLE_MS = 60_000;
/** By then a plan is compiled, whatever its size, or never. */
const COMPILING_MS_MAX = 120_000;

let running: CompilingThread | undefined;
/** As they were for the first thread. */
let sources: Promise<string> | undefined;

/**
 * Reads a plan, generates its program and has it compiled, in a thread of its own.
 * @throws {SyntaxError} when the text is not a plan.
 * @throws {UnsupportedPlan} when the plan needs what this engine does not have.
 * @throws {Error} when the thread fails or takes two minutes; the signal's reason on abort.
 */
export async function compileInThread(planText: string, signal: AbortSignal): Promise<CompiledPlan> {
  signal.throwIfAborted();
  const thread = await threadFor();
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return planOf(await Promise.race([thread.compile(planText), stopped.promise]));
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function threadFor(): Promise<CompilingThread> {
  const thread = readyThread();
  if (thread !== undefined) return thread;
  const now = sourcesNow();
  sources ??= now;
  if ((await now) !== (await sources))
    throw new Error('the files of the engine have changed while it runs: it has to be started again');
  running = readyThread() ?? new CompilingThread(); // Another plan may have made one meanwhile.
  return running;
}

function readyThread(): CompilingThread | undefined {
  return running?.isThere === true ? running : undefined;
}

function planOf(said: Said): CompiledPlan {
  switch (said.kind) {
    case 'compiled':
      return said.plan;
    case 'unsupported':
      throw new UnsupportedPlan(said.needs);
    case 'no_plan':
      throw new SyntaxError(said.message);
    case 'failed':
      throw new Error(said.message);
  }
}

interface Waiting extends PromiseWithResolvers<Said> {
  readonly timer: NodeJS.Timeout;
}

class CompilingThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #idle: NodeJS.Timeout | undefined;
  #isThere = true;

  constructor() {
    this.#worker = new Worker(new URL('./compile-thread.ts', import.meta.url));
    this.#worker.on('message', ({ id, said }: { readonly id: number; readonly said: Said }) => {
      this.#settle(id, (waiting) => waiting.resolve(said));
    });
    for (const event of ['error', 'messageerror'] as const)
      this.#worker.on(event, (error) => this.#end(error));
    this.#worker.on('exit', () => this.#end(new Error('the thread that compiles ended without a word')));
  }

  /** Whether it takes plans. */
  get isThere(): boolean {
    return this.#isThere;
  }

  compile(planText: string): Promise<Said> {
    clearTimeout(this.#idle);
    this.#last += 1;
    const tooLong = () => this.#end(new Error('a plan took too long to compile'));
    const timer = setTimeout(tooLong, COMPILING_MS_MAX);
    const waiting = { ...Promise.withResolvers<Said>(), timer };
    this.#waiting.set(this.#last, waiting);
    this.#worker.ref();
    this.#worker.postMessage({ id: this.#last, planText } satisfies ToThread);
    return waiting.promise;
  }

  #settle(id: number, settle: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    settle(waiting);
    if (this.#waiting.size === 0 && this.#isThere) this.#rest();
  }

  /** Nobody has to wait for a thread that has nothing to do. */
  #rest(): void {
    this.#worker.unref();
    this.#idle = setTimeout(() => this.#end(new Error('the thread that compiles was not needed')), IDLE_MS);
    this.#idle.unref();
  }

  #end(error: Error): void {
    this.#isThere = false;
    clearTimeout(this.#idle);
    for (const id of [...this.#waiting.keys()]) this.#settle(id, (waiting) => waiting.reject(error));
    void this.#worker.terminate();
  }
}

/**
 * Names, sizes and times of the engine's files. A thread reads them anew; programs of another version than what runs them
 * might decide otherwise.
 */
async function sourcesNow(): Promise<string> {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  const files = (await readdir(folder, { recursive: true })).sort();
  const told = files.map(async (file) => {
    const { size, mtimeMs } = await stat(join(folder, file));
    return `${file} ${size} ${mtimeMs}`;
  });
  return (await Promise.all(told)).join('\n');
}
