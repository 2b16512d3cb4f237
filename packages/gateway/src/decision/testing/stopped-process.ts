import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Stops a process, which neither ends nor answers until what this resolves to is disposed of. The signal alone is not enough:
 * `kill` returns before every thread has been told, and on a busy machine one of them may still answer.
 */
export async function stopProcess(pid: number): Promise<Disposable> {
  process.kill(pid, 'SIGSTOP');
  while (!threadsOf(pid).every(isStopped)) await delay(1);
  return { [Symbol.dispose]: () => process.kill(pid, 'SIGCONT') };
}

/** The states of all threads, as Linux tells them (proc(5)). */
const threadsOf = (pid: number): readonly string[] =>
  readdirSync(`/proc/${pid}/task`).map((thread) => readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'));

const isStopped = (stat: string): boolean => /\) [Tt] /.test(stat);
