import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until } from '../faults/processes.ts';

const CLI = fileURLToPath(new URL('../../../packages/gateway/src/cli.ts', import.meta.url));

/** One message as it came, with the fields that tests look at. */
export interface Line {
  readonly jsonrpc?: string;
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: {
      readonly failure?: string;
      readonly reasons?: readonly string[];
      readonly decision_id?: string;
    };
  };
}

export const INITIALIZE = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'stdio', version: '1.0.0' },
};

/** `bailiff stdio` with a client that writes its lines by hand. Whatever comes that is no message fails the test. */
export class StdioClient implements AsyncDisposable {
  readonly lines: Line[] = [];
  readonly child: ChildProcess;
  #complained = '';
  #ids = 0;

  constructor(args: readonly string[], env: Readonly<Record<string, string | undefined>>) {
    this.child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CLI, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...env },
    });
    const { stdout, stderr, stdin } = this.child;
    if (stdout === null || stderr === null) throw new Error('it has no output');
    createInterface({ input: stdout }).on('line', (line) => this.lines.push(JSON.parse(line)));
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complained += text;
    });
    stdin?.on('error', () => undefined); // It ended; its exit says so.
  }

  /** What it has said on its standard error. */
  get complained(): string {
    return this.#complained;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  write(text: string): void {
    this.child.stdin?.write(`${text}\n`);
  }

  notify(method: string, params: object = {}): void {
    this.write(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  /** Sends a request; gives its id. */
  send(method: string, params: object = {}): number {
    this.#ids += 1;
    this.write(JSON.stringify({ jsonrpc: '2.0', id: this.#ids, method, params }));
    return this.#ids;
  }

  /** Sends a request and waits for its answer. */
  async request(method: string, params: object = {}, timeoutMs?: number): Promise<Line> {
    const id = this.send(method, params);
    return this.answerTo(id, timeoutMs);
  }

  async answerTo(id: number, timeoutMs?: number): Promise<Line> {
    const find = () => this.lines.find((line) => line.id === id && line.method === undefined);
    await until(`request ${id} is answered`, () => find() !== undefined || this.hasEnded, timeoutMs);
    const found = find();
    if (found === undefined) throw new Error(`it ended without an answer: ${this.#complained}`);
    return found;
  }

  call(name: string, args: object): Promise<Line> {
    return this.request('tools/call', { name, arguments: args });
  }

  /** Opens a session. */
  async open(): Promise<Line> {
    const opened = await this.request('initialize', INITIALIZE);
    if (opened.result !== undefined) this.notify('notifications/initialized');
    return opened;
  }

  /** Closes its input; gives its exit code and how long it took. */
  async close(): Promise<{ readonly code: number | null; readonly tookMs: number }> {
    const startedMs = performance.now();
    const exited = this.hasEnded ? Promise.resolve() : once(this.child, 'exit');
    this.child.stdin?.end();
    await exited;
    return { code: this.child.exitCode, tookMs: performance.now() - startedMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.hasEnded) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

/** Machine-readable reasons of a refusal, however it is told; empty for what was not refused. */
export function reasonsOf({ result, error }: Line): readonly string[] {
  const answer =
    result?.structuredContent ?? (result?._meta as Record<string, unknown> | undefined)?.['bailiff/answer'];
  if (result?.isError === true && typeof answer === 'object' && answer !== null && 'reasons' in answer)
    return answer.reasons as string[];
  if (error === undefined) return [];
  return error.data?.reasons ?? [error.data?.failure ?? String(error.code)];
}
