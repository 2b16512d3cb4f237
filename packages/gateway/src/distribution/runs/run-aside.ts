import { type ChildProcess, fork } from 'node:child_process';

/** A program that is run once. */
export interface Run {
  /** Path of the program, or a name that PATH of `env` resolves. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  /** Most bytes of each of its outputs. */
  readonly outputBytesMax: number;
}

/** How a run ended: by itself, or because it could not be started, was stopped, took too long or said too much. */
export type Ended =
  | { readonly kind: 'ended'; readonly status: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'failed'; readonly code: string | undefined; readonly message: string };

/** What the process of `runner.ts` is told. */
export type ToRunner =
  | { readonly kind: 'run'; readonly id: number; readonly run: Run }
  | { readonly kind: 'stop'; readonly id: number };

/** What it says, once for each run, when that has ended. */
export interface FromRunner {
  readonly id: number;
  readonly ended: Ended;
}

let running: Runner | undefined;

/**
 * Runs a program and waits for its end, of one that is stopped too: until then it may write into its folder. It is started by a small
 * process of its own: to start one takes a copy of the tables of all memory, which holds up a large process for tens of milliseconds.
 * @throws the signal's reason on abort.
 */
export async function runAside(run: Run, signal: AbortSignal): Promise<Ended> {
  // The process that starts them may be killed: the run is to blame where it takes a second one with it.
  const first = await attempt(run, signal);
  const ended = first.kind === 'gone' ? await attempt(run, signal) : first;
  if (ended.kind === 'gone') return { kind: 'failed', code: undefined, message: GONE };
  // One that has ended by itself before it was stopped has ended well.
  if (ended.kind === 'failed') signal.throwIfAborted();
  return ended;
}

const GONE = 'the process that starts programs is gone';

type Attempted = Ended | { readonly kind: 'gone' };

function attempt(run: Run, signal: AbortSignal): Promise<Attempted> {
  signal.throwIfAborted();
  const runner = running?.isThere === true ? running : new Runner();
  running = runner;
  return runner.run(run, signal);
}

class Runner {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (ended: Attempted) => void>();
  #last = 0;
  #isThere = true;

  constructor() {
    this.#process = fork(new URL('./runner.ts', import.meta.url), {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: {}, // It lives as long as this process, and needs none of its secrets.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#process.on('message', ({ id, ended }: FromRunner) => this.#end(id, ended));
    for (const event of ['error', 'exit', 'disconnect'] as const) this.#process.on(event, () => this.#gone());
    this.#rest();
  }

  /** Whether it takes runs. */
  get isThere(): boolean {
    return this.#isThere;
  }

  async run(run: Run, signal: AbortSignal): Promise<Attempted> {
    this.#last += 1;
    const id = this.#last;
    const { promise, resolve } = Promise.withResolvers<Attempted>();
    this.#waiting.set(id, resolve);
    this.#process.ref();
    this.#process.channel?.ref();
    const stop = () => this.#tell({ kind: 'stop', id });
    signal.addEventListener('abort', stop, { once: true });
    this.#tell({ kind: 'run', id, run });
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #tell(message: ToRunner): void {
    // What cannot be told is told by its end.
    if (this.#process.connected) this.#process.send(message, () => {});
    else this.#gone();
  }

  #end(id: number, ended: Attempted): void {
    this.#waiting.get(id)?.(ended);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#rest();
  }

  /** Nobody has to wait for a process that runs nothing. */
  #rest(): void {
    this.#process.unref();
    this.#process.channel?.unref();
  }

  #gone(): void {
    this.#isThere = false;
    for (const id of [...this.#waiting.keys()]) this.#end(id, { kind: 'gone' });
  }
}
