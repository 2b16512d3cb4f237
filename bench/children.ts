import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;

/** A process that listens. */
export interface Started {
  readonly pid: number;
  readonly port: number;
}

/** Child processes that end with their owner. */
export class Children implements AsyncDisposable {
  readonly #folder: string;
  readonly #children: ChildProcess[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A script of ours that prints where it listens. */
  node(args: readonly string[]): Promise<Started> {
    const child = this.#spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args]);
    return new Promise((resolve, reject) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        const address = /listening (\{.*\})/.exec(chunk.toString())?.[1];
        if (address !== undefined) resolve({ pid: child.pid ?? 0, port: JSON.parse(address).port });
      });
      child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)));
    });
  }

  /** Any program, until `ready`. */
  async start(
    program: string,
    args: readonly string[],
    ready: () => boolean | Promise<boolean>,
  ): Promise<number> {
    const child = this.#spawn(program, args);
    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    while (!(await ready())) {
      if (child.exitCode !== null || performance.now() > deadlineMs)
        throw new Error(`${program} did not start`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return child.pid ?? 0;
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: this.#folder },
    });
    this.#children.push(child);
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#children.map((child) => {
        if (child.exitCode !== null || child.signalCode !== null) return undefined;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        const killed = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
        return ended.finally(() => clearTimeout(killed));
      }),
    );
  }
}
