import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { opaExecutable } from '../packages/gateway/src/decision/testing/opa.ts';

/** What a running OPA said to one request. */
export interface OpaReply {
  readonly status: number;
  readonly body: string;
}

const READY_MS = 20_000;

/** A real `opa run --server` on a unix socket of its own, gone with everything it wrote when disposed of. */
export class OpaServer implements AsyncDisposable {
  readonly #directory: string;
  readonly #process: ChildProcess;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });

  private constructor(directory: string, process: ChildProcess) {
    this.#directory = directory;
    this.#process = process;
  }

  /**
   * Starts OPA with these further arguments, files for example, and waits until it answers.
   * @throws Error with what it printed when it ends or stays silent.
   */
  static async start(args: readonly string[] = []): Promise<OpaServer> {
    const directory = await mkdtemp(join(tmpdir(), 'opa-'));
    const address = `unix://${join(directory, 's')}`;
    const child = spawn(
      opaExecutable(),
      ['run', '--server', '--addr', address, '--log-level', 'error', '--disable-telemetry', ...args],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let printed = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-4_000);
    });
    const server = new OpaServer(directory, child);
    const end = performance.now() + READY_MS;
    while (!(await server.#answers())) {
      if (child.exitCode !== null || performance.now() > end) {
        await server[Symbol.asyncDispose]();
        throw new Error(`opa did not start: ${printed}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return server;
  }

  /** Sends JSON, or text where `body` is a string, and gives the reply whatever its status. */
  send(method: string, path: string, body?: unknown): Promise<OpaReply> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const type = typeof body === 'string' ? 'text/plain' : 'application/json';
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          socketPath: join(this.#directory, 's'),
          agent: this.#agent,
          method,
          path,
          headers: { 'content-type': type },
        },
        (incoming) => {
          let received = '';
          incoming.setEncoding('utf8').on('data', (chunk: string) => {
            received += chunk;
          });
          incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: received }));
          incoming.on('error', reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(text);
    });
  }

  /**
   * Sends, and gives the parsed reply.
   * @throws Error when OPA refuses.
   */
  async demand(method: string, path: string, body?: unknown): Promise<unknown> {
    const reply = await this.send(method, path, body);
    if (reply.status >= 300) throw new Error(`opa refused ${method} ${path}: ${reply.body}`);
    return reply.body === '' ? undefined : JSON.parse(reply.body);
  }

  /**
   * The document at a path, as `bailiff/decision`; undefined where it is. Built-in errors are strict.
   * @throws Error when evaluating fails.
   */
  async document(path: string, input: unknown): Promise<unknown> {
    const body = await this.demand('POST', `/v1/data/${path}?strict-builtin-errors=true`, { input });
    return (body as { result?: unknown }).result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const gone = once(this.#process, 'exit');
      this.#process.kill('SIGTERM');
      await gone;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    return this.send('GET', '/health').then(
      ({ status }) => status === 200,
      () => false,
    );
  }
}
