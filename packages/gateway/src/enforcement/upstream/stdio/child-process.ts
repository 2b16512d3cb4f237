import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

/** How a server’s process is started. Never by a shell. */
export interface ChildCommand {
  /** A program on the child’s `PATH`, or `node` for the one that runs the gateway. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
}

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Lets the kernel end the child when the gateway dies without a chance to do so itself. Part of util-linux. */
const SETPRIV = '/usr/bin/setpriv';

/**
 * Starts a process at the head of a process group of its own, so that everything it starts can be ended with it. A
 * program that cannot be started is reported by the event `error`.
 */
export function startChild({ command, args, env, cwd }: ChildCommand): Child {
  const program = command === 'node' ? process.execPath : command;
  const dieWithUs = process.platform === 'linux' && existsSync(SETPRIV);
  const [file, list] = dieWithUs
    ? [SETPRIV, ['--pdeathsig', 'KILL', '--', program, ...args]]
    : [program, [...args]];
  return spawn(file, list, {
    env: { ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
  });
}

/** Signals the child and everything in its group. */
export function signalGroup(child: Child, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** How long a server may take to end once its input is closed, and again once it is asked to. */
const GRACE_MS = 500;

/** Ends the child as MCP asks: close its input, then ask, then kill. Resolves once it is gone, with all its group. */
export async function endChild(child: Child): Promise<void> {
  if (child.pid === undefined) return;
  const exited =
    child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, 'exit');
  child.stdin.end();
  const terminate = setTimeout(() => signalGroup(child, 'SIGTERM'), GRACE_MS);
  const kill = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS * 2);
  await exited;
  clearTimeout(terminate);
  clearTimeout(kill);
  signalGroup(child, 'SIGKILL');
}
