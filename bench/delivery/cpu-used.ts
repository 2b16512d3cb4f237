import { readFileSync } from 'node:fs';
import { processTree } from '../driver.ts';

/** Clock ticks a second of `/proc/<pid>/stat`; 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time of a process, of all that descend from it, and of those it has seen end. */
export function cpuUsed(root: number): number {
  let ticks = 0;
  for (const pid of processTree(root)) {
    try {
      const [, own = ''] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      ticks += own
        .split(' ')
        .slice(11, 15)
        .reduce((sum, field) => sum + Number(field), 0);
    } catch {
      // It ended meanwhile: whoever waited for it has its time.
    }
  }
  return ticks / TICKS_PER_SECOND;
}
