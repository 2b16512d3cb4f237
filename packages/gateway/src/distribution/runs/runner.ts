/** The process of `run-aside.ts`: starts what it is told to, and ends with whoever tells it, together with all that still runs. */
import { type ChildProcess, execFile } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';
import type { Ended, FromRunner, Run, ToRunner } from './run-aside.ts';

/** By so much less urgent than what decides calls: a third of the time of others where all want more than there is. */
const GIVES_WAY = 5;
const LOWEST_PRIORITY = 19;

const children = new Map<number, ChildProcess>();

try {
  setPriority(Math.min(getPriority() + GIVES_WAY, LOWEST_PRIORITY)); // Children have it from here.
} catch {
  // The system knows no priorities: then they go on as they are.
}
// A terminal tells all of its processes; this one ends when nobody can want anything of it any more.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit());
process.on('exit', () => {
  for (const child of children.values()) child.kill('SIGKILL');
});
process.on('message', (told: ToRunner) => {
  if (told.kind === 'stop') children.get(told.id)?.kill('SIGKILL');
  else attempt(told.id, told.run);
});

function attempt(id: number, run: Run): void {
  try {
    start(id, run);
  } catch (thrown) {
    // What no process can be started with, as too many arguments.
    const { code, message } = thrown as NodeJS.ErrnoException;
    say({ id, ended: { kind: 'failed', code, message } });
  }
}

function start(id: number, { file, args, cwd, env, timeoutMs, outputBytesMax }: Run): void {
  const options = { cwd, env, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: outputBytesMax } as const;
  const child = execFile(file, args, { ...options, encoding: 'utf8' }, (error, stdout, stderr) => {
    const end = () => {
      children.delete(id);
      say({ id, ended: endOf(error, { stdout, stderr }) });
    };
    // One that says too much is told of when it was sent the signal.
    if (isRunning(child)) child.once('exit', end);
    else end();
  });
  children.set(id, child);
}

function endOf(
  error: (Error & { readonly code?: unknown }) | null,
  said: { readonly stdout: string; readonly stderr: string },
): Ended {
  if (error === null) return { kind: 'ended', status: 0, ...said };
  if (typeof error.code === 'number') return { kind: 'ended', status: error.code, ...said };
  const code = typeof error.code === 'string' ? error.code : undefined;
  return { kind: 'failed', code, message: error.message };
}

function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

function say(message: FromRunner): void {
  // Where it cannot be said any more, this process is about to end.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}
