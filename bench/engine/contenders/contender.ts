import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { cpuSeconds, processTree } from '../../driver.ts';

/** What an engine’s process is asked, a line of JSON each. */
export interface Request {
  readonly kind: 'answers' | 'latencies' | 'load' | 'memory' | 'load_data';
  /** How long a slice takes. */
  readonly milliseconds: number;
  /** Decisions under way at once, for engines that can. */
  readonly concurrency: number;
  /** How many evaluations the memory is watched over. */
  readonly evaluations?: number;
}

/** Latencies of one slice in microseconds. */
export interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

/** How an engine’s process is started. */
export interface ContenderOptions {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

const STOP_TIMEOUT_MS = 5_000;
const SLICE = { milliseconds: 0, concurrency: 1 };

/** An engine in a process of its own, with one policy set loaded. */
export class Contender implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  private constructor({ name, program, args }: ContenderOptions) {
    this.name = name;
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#child.stdout === null) throw new Error(`${name} has no output`);
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Resolves once the policy set is loaded. @throws {Error} when the process ends before. */
  static async start(options: ContenderOptions): Promise<Contender> {
    const contender = new Contender(options);
    await contender.#read();
    return contender;
  }

  /** The decisions about all inputs, as JSON text. */
  async answers(): Promise<readonly string[]> {
    const { answers } = await this.ask({ ...SLICE, kind: 'answers' });
    return answers as readonly string[];
  }

  /** Decides one after the other for a while. */
  async latencies(milliseconds: number): Promise<Latencies> {
    return (await this.ask({ ...SLICE, kind: 'latencies', milliseconds })) as unknown as Latencies;
  }

  /** Decides as many as it can for a while, and tells what processor time all its processes took. */
  async load(
    milliseconds: number,
    concurrency: number,
  ): Promise<{ readonly count: number; readonly cpuSeconds: number }> {
    const pids = processTree(this.#child.pid ?? 0);
    const before = cpuSeconds(pids);
    const { count } = await this.ask({ kind: 'load', milliseconds, concurrency });
    return { count: Number(count), cpuSeconds: cpuSeconds(pids) - before };
  }

  async ask(request: Request): Promise<Readonly<Record<string, unknown>>> {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    return this.#read();
  }

  async #read(): Promise<Readonly<Record<string, unknown>>> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`${this.name} ended`);
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end();
    const killed = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(killed);
    this.#reader.close();
  }
}
