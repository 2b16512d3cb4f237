import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { getPriority, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '@bailiff/contract';
import { findExecutable } from './executable.ts';
import { LogLines } from './log-lines.ts';
import { type BundleSource, opaConfiguration } from './opa-configuration.ts';

/** Pause before the first new start; doubles with each exit up to the longest. */
const RESTART_MS = { first: 100, longest: 10_000 } as const;
/** An OPA that ran this long begins again with the shortest pause. */
const STABLE_MS = 30_000;
/** How long a stop may take before OPA is killed. */
const STOP_GRACE_MS = 2_000;
/** By so much less urgent: a third of the time of others where all want more than there is. */
const GIVES_WAY = 5;
const LOWEST_PRIORITY = 19;
/** What `sun_path` holds on the narrowest system, less its end. */
const SOCKET_PATH_BYTES_MAX = 103;

/**
 * Nothing tells a child that its parent was killed, and OPA has no switch for it. So a second process, the shell's
 * subprocess, waits at a pipe whose other end only the gateway holds: a line means that all is over, but if the pipe
 * ends without one, however the gateway died, it kills OPA and removes OPA's folder. It is there before OPA is, and the
 * shell becomes OPA by `exec`, so that OPA is the gateway's own child and no instant is unguarded.
 */
const GUARDED_EXEC = `
directory=$1; shift
{ read -r _ <&3 || { kill -KILL $$; rm -rf -- "$directory"; }; } </dev/null >/dev/null 2>&1 &
exec "$@" 3<&-
`;

export interface OpaProcessOptions {
  /** Path of the `opa` executable, or its name, which is looked up in `searchPath`, a value of PATH. */
  readonly executable: string;
  readonly searchPath?: string;
  readonly source: BundleSource;
  /**
   * Percent by which its memory may grow before garbage is collected, which takes the time of others; Go’s own way when absent.
   * @see https://go.dev/doc/gc-guide#GOGC
   */
  readonly garbagePercent?: number;
  /** Whether it takes the processors only as far as others do not want them. */
  readonly givesWay?: boolean;
  /** Folder below which OPA's private folder is made; the system's own for temporary files when absent. */
  readonly directory?: string;
  readonly onLog: (line: string) => void;
  /** Called whenever OPA was started or is gone. */
  readonly onChange: () => void;
}

/**
 * Makes OPA's private folder and starts OPA in it, again and again until disposed.
 * @throws Failure `configuration_invalid` when the executable cannot be run or the socket's path is too long.
 */
export async function startOpaProcess(options: OpaProcessOptions): Promise<OpaProcess> {
  const executable = await findExecutable(options.executable, options.searchPath ?? '');
  // Only its owner may enter a folder of mkdtemp, so nobody else reaches the socket or the token.
  const directory = mkdtempSync(join(options.directory ?? tmpdir(), 'bailiff-opa-'));
  if (Buffer.byteLength(socketIn(directory)) > SOCKET_PATH_BYTES_MAX) {
    rmSync(directory, { recursive: true, force: true });
    throw new Failure('configuration_invalid', 'The folder for the socket of OPA has too long a path.');
  }
  return new OpaProcess({ ...options, executable, directory });
}

/** An OPA of our own on a unix socket, kept running. */
export class OpaProcess implements AsyncDisposable {
  readonly socketPath: string;
  readonly #options: OpaProcessOptions & { readonly directory: string };
  readonly #stopping = new AbortController();
  readonly #lines: LogLines;
  readonly #ended: Promise<void>;
  #child: ChildProcess | undefined;
  #detail = 'OPA is starting.';

  constructor(options: OpaProcessOptions & { readonly directory: string }) {
    this.#options = options;
    this.socketPath = socketIn(options.directory);
    this.#lines = new LogLines(options.onLog);
    this.#ended = this.#keepRunning();
  }

  /** Undefined while it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** For people: whether it runs, or why it does not. */
  get detail(): string {
    const said = this.#child === undefined ? this.#lines.last : '';
    return said === '' ? this.#detail : `${this.#detail} It said: ${said}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
    await rm(this.#options.directory, { recursive: true, force: true });
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping;
    let pauseMs: number = RESTART_MS.first;
    while (!signal.aborted) {
      const startedMs = performance.now();
      const exit = await this.#runOnce().catch(whyNot);
      if (signal.aborted) break;
      if (performance.now() - startedMs >= STABLE_MS) pauseMs = RESTART_MS.first;
      this.#detail = `OPA ended (${exit}) and starts again in ${pauseMs} ms.`;
      this.#options.onChange();
      await sleep(pauseMs, undefined, { signal }).catch(() => {}); // Woken early by the stop only.
      pauseMs = Math.min(pauseMs * 2, RESTART_MS.longest);
    }
    this.#detail = 'OPA is stopped.';
  }

  /** Resolves, once OPA is gone, to how it ended. */
  async #runOnce(): Promise<string> {
    this.#prepare();
    const child = this.#spawn();
    const ended = once(child, 'exit').then(([code, signal]) => `${signal ?? code}`, whyNot);
    const lifeline = child.stdio[3];
    lifeline?.on('error', () => {}); // The guard is gone; so is OPA, or it is about to be told.
    this.#child = child;
    this.#detail = 'OPA runs.';
    this.#options.onChange();
    const exit = await this.#untilEnded(child, ended);
    this.#child = undefined;
    if (lifeline !== null && lifeline !== undefined && 'end' in lifeline) lifeline.end('\n');
    return exit;
  }

  /**
   * At each start anew: those who tidy up temporary files may have taken some away, and a killed OPA leaves its socket.
   * All at once, so that hardly an instant is left in which files are there and nobody guards them.
   */
  #prepare(): void {
    const { directory, source } = this.#options;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const tokenPath = join(directory, 'token');
    writeFileSync(tokenPath, source.token, { mode: 0o600 });
    writeFileSync(configurationIn(directory), opaConfiguration(source, tokenPath), { mode: 0o600 });
    rmSync(this.socketPath, { force: true });
  }

  async #untilEnded(child: ChildProcess, ended: Promise<string>): Promise<string> {
    const { signal } = this.#stopping;
    let kill: NodeJS.Timeout | undefined;
    const stop = () => {
      child.kill('SIGTERM');
      kill = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    try {
      return await ended;
    } finally {
      clearTimeout(kill);
      signal.removeEventListener('abort', stop);
    }
  }

  #spawn(): ChildProcess {
    const { executable, directory, garbagePercent, givesWay = false } = this.#options;
    const command = [executable, 'run', '--server', '--addr', `unix://${this.socketPath}`];
    command.push('--unix-socket-perm', '600', '--config-file', configurationIn(directory));
    command.push('--log-level', 'error', '--skip-version-check', '--shutdown-grace-period', '1');
    const child = spawn('/bin/sh', ['-c', GUARDED_EXEC, 'sh', directory, ...command], {
      cwd: directory,
      // Neither our secrets, nor proxies, nor switches of OPA's own.
      env: {
        PATH: '/usr/bin:/bin',
        ...(garbagePercent === undefined ? {} : { GOGC: String(garbagePercent) }),
      },
      detached: true, // Ctrl-C in a terminal goes to its whole group; OPA is stopped by us, after the calls under way.
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    if (givesWay) giveWay(child.pid);
    for (const stream of [child.stdout, child.stderr]) if (stream !== null) this.#lines.follow(stream);
    return child;
  }
}

/** Before it has become OPA, whose threads have it from there. */
function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, Math.min(getPriority() + GIVES_WAY, LOWEST_PRIORITY));
  } catch {
    // It has ended, or the system knows no priorities: then it goes on as it is.
  }
}

function socketIn(directory: string): string {
  return join(directory, 'opa.sock');
}

function configurationIn(directory: string): string {
  return join(directory, 'config.json');
}

function whyNot(cause: unknown): string {
  return `not started: ${cause instanceof Error ? cause.message : 'unknown'}`;
}
