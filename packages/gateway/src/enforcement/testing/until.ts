/** Resolves once the condition holds; the test’s own time-out bounds the wait. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Whether a process still runs; one that ended and was not yet collected does not. */
export function isRunning(pid: number, readStat: (pid: number) => string): boolean {
  try {
    return !/\) Z /.test(readStat(pid));
  } catch {
    return false;
  }
}
