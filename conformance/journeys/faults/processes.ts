import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process by its id and by when it started, since ids are used again. */
export interface Started {
  readonly pid: number;
  readonly startedTicks: string;
  readonly command: string;
}

/** The fields of `/proc/<pid>/stat` behind the name, from the state on; undefined when there is no such process. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return undefined;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** A process and all that descend from it, as they are now. */
export function processTree(root: number): Started[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), Number(statOf(Number(name))?.[1] ?? -1)] as const);
  const found = [root];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found.map((pid) => ({ pid, startedTicks: statOf(pid)?.[19] ?? '', command: commandOf(pid) }));
}

/** Zombies count as gone: nothing of them runs. */
export function isRunning({ pid, startedTicks }: Started): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat[19] === startedTicks && stat[0] !== 'Z';
}

/** Waits until a condition holds. @throws Error naming it when it does not within the time. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`still not so after ${timeoutMs} ms: ${what}`);
    await delay(10);
  }
}

/** Resident memory in MiB. */
export function residentMib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib ?? Number.NaN) / 1_024;
}
