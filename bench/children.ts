import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;
/** Characters of what a script printed last, in which its address is looked for. */
const SAID_MAX = 4_096;

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

  /** A script of ours that prints where it listens. @throws when it ends, or does not do so in time. */
  node(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Started> {
    const child = this.#spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', ...args],
      environment,
    );
    return new Promise((resolve, reject) => {
      const tooLate = () => reject(new Error(`${args.join(' ')} did not listen in ${START_TIMEOUT_MS} ms`));
      const timer = setTimeout(tooLate, START_TIMEOUT_MS);
      let said = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-SAID_MAX);
        const address = /listening (\{.*\})/.exec(said)?.[1];
        if (address === undefined) return;
        clearTimeout(timer);
        resolve({ pid: child.pid ?? 0, port: JSON.parse(address).port });
      });
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`${args.join(' ')} ended with ${code}`));
      });
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

  #spawn(
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): ChildProcess {
    const child = spawn(program, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment, TMPDIR: this.#folder },
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
